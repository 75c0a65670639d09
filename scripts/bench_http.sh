#!/usr/bin/env bash
# How many tasks a second POST /v1/tasks stores: wrk with 64 connections against a server and a Redis of its own, all on
# this machine. Leave the machine alone meanwhile.
#   scripts/bench_http.sh [SECONDS]
source "$(dirname "$0")/lib.sh"

cd "$root"
seconds=${1:-10}
command -v wrk >/dev/null || die "wrk is missing; scripts/setup.sh installs it."
if [ -z "${LEAT_PROGRAM:-}" ]; then
    say "building the preset release"
    cmake --preset release -B build/release >/dev/null
    ninja -C build/release leat_program
    LEAT_PROGRAM=build/release/bin/leat
fi
export LEAT_PROGRAM seconds root
# shellcheck disable=SC2016  # expanded by the inner shell
exec tests/support/with_redis.sh bash -euo pipefail -c '
    exec {lines}< <(exec "$LEAT_PROGRAM" --json serve --listen 127.0.0.1:0 2>/dev/null)
    server=$!
    trap "kill $server; wait $server || true" EXIT
    read -r line <&"$lines"
    url=$(sed "s/.*\"http\":\"\([^\"]*\)\".*/\1/" <<<"$line")
    wrk -t1 -c64 -d"${seconds}s" --latency -s "$root/scripts/bench_http.lua" "$url"
    echo "stored: $(redis-cli -s "$REDIS_SOCKET" XLEN "leat:{bench}:ready:normal")"
'
