#!/usr/bin/env bash
# Runs the first agent against the server at LEAT_REDIS, dispatches to it, and stops it.
#   check.sh FIRST-AGENT FIRST-DISPATCH
set -euo pipefail
agent=$1 dispatch=$2

"$agent" &
worker=$!
trap 'kill -KILL $worker 2>/dev/null || true' EXIT

expect() {
    [ "$1" = "$2" ] || {
        echo "expected: $1"
        echo "printed:  $2"
        exit 1
    }
}
expect 'succeeded {"greeting":"Hello, Ada!"}' "$("$dispatch" Ada greet-1)"
expect 'succeeded {"greeting":"Hello, Ada!"}' "$("$dispatch" Grace greet-1)"  # the id is taken: the task of before
expect 'dead nobody to greet' "$("$dispatch" '')"

kill -TERM $worker
wait $worker || { echo "the agent ended with exit code $?"; exit 1; }
trap - EXIT
