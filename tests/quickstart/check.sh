#!/usr/bin/env bash
# Runs the commands of the README's quickstart and of its agent in Python, each as it is written there.
#   check.sh PROJECT-FOLDER LEAT-PROGRAM        with LEAT_REDIS naming a private server (for the agent in Python)
set -euo pipefail
project=$1 program=$2
work=$(mktemp -d)
ln -s "$program" "$work/leat"
ln -s "$project/examples" "$work/examples"
PATH=$work:$PATH
cd "$work"

server="" # a process under test: `leat dev` or `leat worker`
stop() {
    [ -n "$server" ] || return 0
    kill -TERM "$server"
    wait "$server" || fail "it ended with exit code $? after SIGTERM"
    server=""
}
fail() {
    echo "quickstart: $*" >&2
    exit 1
}
trap '[ -z "$server" ] || kill -KILL "$server"; rm -rf "$work"' EXIT

# The command with this beginning, from the README, without its comment; it must be there.
command_of_readme() {
    grep -m 1 -F "$1" "$project/README.md" | sed 's/  *#.*//' || fail "the README has no command '$1'"
}
expect() {
    local command printed
    command=$(command_of_readme "$1")
    printed=$(eval "$command") || fail "exit code $? of: $command"
    grep -qF -- "$2" <<<"$printed" || fail "$command printed: $printed"
}

# A private Redis, a worker and a sentiment agent; dispatch finds them by the folder.
mkfifo said
env -u LEAT_REDIS leat dev --demo >said &
server=$!
exec 3<said  # stays open: what leat dev says later has somewhere to go
while IFS= read -r -u 3 line && [[ $line != ready* ]]; do :; done
[[ ${line:-} == ready* ]] || fail "leat dev is not ready: ${line:-}"
(unset LEAT_REDIS && expect "leat dispatch sentiment" "succeeded" && expect "leat agent list" "sentiment")
stop
[ -d .leat ] || fail "leat dev left no data in .leat"

# The agent in Python, on a server named by LEAT_REDIS.
eval "exec $(command_of_readme "leat worker --agent words")" &
server=$!
expect "leat dispatch words" "succeeded"
stop
