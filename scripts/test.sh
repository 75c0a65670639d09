#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all checks. Asks nothing; exit code 0 only if all passed.
#   1. builds the preset `dev` (GCC): library, program, examples, tests
#   2. builds the preset `fuzz` (clang 19, address and undefined-behaviour sanitizers): runs the pure tests, the tests
#      of the worker, and each fuzz target for 20 s. Left out, with a sentence, where the time is needed for stage 3.
#   3. runs all tests of stage 1; their summary is the last thing printed
source "$(dirname "$0")/lib.sh"
cd "$root"

build_until_s=${LEAT_BUILD_UNTIL_S:-1080}  # stage 2 ends building so many seconds after the start
fuzz_s=20

scripts/setup.sh

say "1/3 building the preset dev in build/test"
quietly cmake --preset dev -B build/test
quietly cmake --build build/test --parallel "$jobs"

# Test programs are named by what they need: *_test nothing, *_redistest a private server, *_processtest subprocesses.
# Those of the program and the examples add little here and much to the build.
sanitized_targets() {
    ninja -C build/fuzz -t targets all | sed -nE 's/^([a-z0-9_]+_(test|fuzz)|leat_runtime_redistest): phony$/\1/p' |
        grep -vE '^(cmake|cli|demo|layers|sentiment|triage)_'
}

# Builds the sanitized targets in the time that is left; what was built is there for the next run.
build_sanitized() {
    local status=0
    timeout --kill-after=30 $((build_until_s - SECONDS)) \
        ninja -C build/fuzz -j "$jobs" "$@" >build/fuzz/build.log 2>&1 </dev/null || status=$?
    [ $status = 0 ] || [ $status = 124 ] || {
        tail -n 100 build/fuzz/build.log >&2
        die "the sanitized build failed; its last lines are above, all of them in build/fuzz/build.log."
    }
    return $status
}

run_sanitized() {
    local target
    for target in "$@"; do
        case "$target" in
            *_fuzz) quietly timeout $((fuzz_s + 60)) build/fuzz/bin/"$target" -max_total_time=$fuzz_s -artifact_prefix=build/fuzz/ ;;
            *) quietly timeout 300 build/fuzz/bin/"$target" --gtest_brief=1 ;;
        esac
        say "    $target passed"
    done
}

say "2/3 building with clang 19 and sanitizers in build/fuzz ($SECONDS s so far)"
quietly cmake --preset fuzz
mapfile -t targets < <(sanitized_targets)
if [ "$SECONDS" -lt "$build_until_s" ] && build_sanitized "${targets[@]}"; then
    run_sanitized "${targets[@]}"
else
    say "2/3 left out: the builds took $SECONDS s, and the tests need the rest; another run goes on where this one ended"
fi

say "3/3 running the tests ($SECONDS s so far)"
ctest --test-dir build/test --parallel 2 --output-on-failure --no-tests=error
