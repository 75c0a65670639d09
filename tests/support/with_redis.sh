#!/usr/bin/env bash
# Runs a command with a private redis-server: LEAT_REDIS holds its URL, REDIS_SOCKET its socket. The server, its folder
# and its data are gone when the command has ended. Exit code: the command's.
#   with_redis.sh COMMAND [ARGUMENT…]
set -euo pipefail

folder=$(mktemp -d)
export REDIS_SOCKET="$folder/redis.sock" LEAT_REDIS="unix://$folder/redis.sock"
redis-server --port 0 --unixsocket "$REDIS_SOCKET" --dir "$folder" --save "" --appendonly no >"$folder/log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$folder"' EXIT

for _ in $(seq 200); do
    [ "$(redis-cli -s "$REDIS_SOCKET" PING 2>/dev/null)" = PONG ] && started=yes && break
    kill -0 $server 2>/dev/null || break
    sleep 0.05  # a process that starts sends no event
done
[ -n "${started:-}" ] || {
    cat "$folder/log" >&2
    exit 1
}
"$@"
