#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all checks. Asks nothing; exit code 0 only if all passed.
#   1. builds the preset `dev` (GCC): library, program, examples, tests
#   2. builds the preset `fuzz` (clang 19, address and undefined-behaviour sanitizers): runs the pure tests, the tests
#      of the worker, and each fuzz target for 20 s. Left out, with a sentence, where stage 1 took very long.
#   3. runs all tests of stage 1; their summary is the last thing printed
source "$(dirname "$0")/lib.sh"
cd "$root"

stage_2_until_s=${LEAT_STAGE_2_UNTIL_S:-600}  # stage 2 begins only within so many seconds from the start
fuzz_s=20

scripts/setup.sh

say "1/3 building the preset dev in build/test"
quietly cmake --preset dev -B build/test
quietly cmake --build build/test --parallel "$jobs"

# Test programs are named by what they need: *_test nothing, *_redistest a private server, *_processtest subprocesses.
sanitized_targets() {
    ninja -C build/fuzz -t targets all | grep -v ^cmake_ |
        sed -nE 's/^(([a-z0-9_]+_(test|fuzz))|(leat_runtime_redistest)): phony$/\1/p'
}

if [ "$SECONDS" -gt "$stage_2_until_s" ]; then
    say "2/3 left out: building took $SECONDS s, so the sanitizers would take the time that the tests need"
else
    say "2/3 building with clang 19 and sanitizers in build/fuzz ($SECONDS s so far)"
    quietly cmake --preset fuzz
    mapfile -t targets < <(sanitized_targets)
    quietly cmake --build build/fuzz --parallel "$jobs" --target "${targets[@]}"
    for target in "${targets[@]}"; do
        case "$target" in
            *_fuzz) quietly timeout $((fuzz_s + 60)) build/fuzz/bin/"$target" -max_total_time=$fuzz_s -artifact_prefix=build/fuzz/ ;;
            *) quietly build/fuzz/bin/"$target" --gtest_brief=1 ;;
        esac
        say "    $target passed"
    done
fi

say "3/3 running the tests ($SECONDS s so far)"
ctest --test-dir build/test --parallel 2 --output-on-failure --no-tests=error
