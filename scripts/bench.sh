#!/usr/bin/env bash
# Runs every benchmark and writes docs/benchmarks.md with its plots. Takes about half an hour; leave the machine alone.
#   scripts/bench.sh [--quick] [--out FILE] [--only PART…]
# --quick runs each benchmark with a few tasks and writes no document: it shows that everything works.
# The other options are those of scripts/bench.py.
source "$(dirname "$0")/lib.sh"

cd "$root"
say "building the preset release"
cmake --preset release -B build/release >/dev/null
ninja -C build/release leat_program
exec python3 scripts/bench.py build/release/bin/leat "$@"
