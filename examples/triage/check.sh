#!/usr/bin/env bash
# Sends messages through the agents at LEAT_REDIS, one of them twice: the chain must be the same, and nothing doubled.
#   check.sh TRIAGE TRIAGE-SEND
set -euo pipefail
triage=$1 send=$2

"$triage" &
worker=$!
trap 'kill -KILL $worker 2>/dev/null || true' EXIT

fail() {
    echo "$1"
    exit 1
}
complaint="The screen is broken, this is terrible."
first=$("$send" m-1 "$complaint")
[[ $first == *"classify m-1: created"*'"next":"reply"'*"reply m-1:reply: succeeded"*'archive m-1:archive: succeeded {"answered":true'* ]] \
    || fail "the complaint went another way: $first"
again=$("$send" m-1 "$complaint")
[ "$again" = "${first/created/duplicate}" ] || fail "sent again, it went another way: $again"
praise=$("$send" m-2 "Wonderful, thank you!")
[[ $praise == *'"next":"archive"'*'archive m-2:archive: succeeded {"answered":false'* ]] || fail "the praise went another way: $praise"
[[ $praise != *reply* ]] || fail "the praise got a reply: $praise"

kill -TERM $worker
wait $worker || fail "the worker ended with exit code $?"
trap - EXIT
