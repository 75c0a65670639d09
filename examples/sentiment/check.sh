#!/usr/bin/env bash
# Runs the sentiment agent against the server at LEAT_REDIS: it must start, serve and drain; bad arguments must be named.
#   check.sh SENTIMENT
set -euo pipefail
sentiment=$1

fails_with() {
    local code=$1 text=$2 printed status=0
    shift 2
    printed=$("$@" 2>&1) || status=$?
    [ "$status" = "$code" ] && [[ $printed == *"$text"* ]] || {
        echo "$*: exit code $status, not $code, or not '$text' in: $printed"
        exit 1
    }
}
fails_with 2 "usage: sentiment" "$sentiment" --wrong
fails_with 2 "usage: sentiment" "$sentiment" --concurrency none
fails_with 1 "/no/such/file: cannot be opened" "$sentiment" --lexicon /no/such/file

"$sentiment" --concurrency 2 &
worker=$!
trap 'kill -KILL $worker 2>/dev/null || true' EXIT

# The front of the article: any program can add a task to a ready stream.
redis-cli -s "$REDIS_SOCKET" XADD 'leat:{sentiment}:ready:normal' '*' task_id m-1 agent_type sentiment \
    payload '{"text":"a wonderful day"}' priority 0 created_at 0 retry_count 0 max_retries 0 >/dev/null
for _ in $(seq 200); do
    result=$(redis-cli -s "$REDIS_SOCKET" XRANGE 'leat:{sentiment}:results' - + 2>/dev/null)
    [ -z "$result" ] || break
    sleep 0.05  # the agent's start and its result are seen in Redis only
done
[[ $result == *'"label":"positive"'* ]] || {
    echo "no result, but: $result"
    exit 1
}
kill -TERM $worker
wait $worker || { echo "the agent ended with exit code $?"; exit 1; }
trap - EXIT
