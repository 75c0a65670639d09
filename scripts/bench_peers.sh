#!/usr/bin/env bash
# Leat beside other queues on one machine and one Redis: enqueue, drain, both at once. Prints a table for
# docs/benchmarks.md. Needs npm; leave the machine alone meanwhile (about 4 minutes).
#   scripts/bench_peers.sh [ROUNDS]
# Everything runs in turn, round after round, so that a slow minute of the machine hits all alike; a ratio is the median
# of the rounds' ratios.
source "$(dirname "$0")/lib.sh"

cd "$root"
rounds=${1:-3}
command -v npm >/dev/null || die "npm is missing; scripts/setup.sh installs it."
say "building the preset release"
cmake --preset release -B build/release >/dev/null
ninja -C build/release leat_program
say "installing the other queues into bench/peers"
(cd bench/peers && npm ci --silent)
exec tests/support/with_redis.sh python3 scripts/bench_peers.py build/release/bin/leat "$rounds"
