#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all checks. Asks nothing; exit code 0 only if all passed.
#   1. builds the preset `dev` (GCC): library, program, examples, tests
#   2. builds the preset `fuzz` (clang 19, address and undefined-behaviour sanitizers): runs the pure tests, the tests
#      of the worker, and each fuzz target for LEAT_FUZZ_S (60) seconds, two at a time
#   3. builds the preset `tsan` (clang 19, thread sanitizer): runs the tests of everything that has threads
#   4. runs all tests of stage 1, those that fail once more and alone; their summary is the last thing printed
# Here several files are compiled as one, which takes a third of the time; `cmake --preset dev` compiles each by itself.
source "$(dirname "$0")/lib.sh"
cd "$root"

fuzz_s=${LEAT_FUZZ_S:-60}
unity=(-DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=16)

scripts/setup.sh

say "1/4 building the preset dev in build/test"
# Line numbers are enough for a failed assertion; full debug information would cost a fifth of the build.
quietly cmake --preset dev -B build/test -DCMAKE_CXX_FLAGS_DEBUG="-O0 -g1" "${unity[@]}"
quietly cmake --build build/test --parallel "$jobs"

# Test programs are named by what they need: *_test nothing, *_redistest a private server, *_processtest subprocesses.
# targets_of PRESET REGEX: the names of test programs and fuzz targets that match as a whole.
targets_of() {
    ninja -C "build/$1" -t targets all | sed -nE 's/^([a-z0-9_]+): phony$/\1/p' | grep -xE "$2" | grep -v '^cmake_'
}

run_tests() {
    local preset=$1 target
    shift
    for target in "$@"; do
        quietly timeout 300 "build/$preset/bin/$target" --gtest_brief=1
        say "    $target passed"
    done
}

# One target from its seeds on. What it finds stays in build/fuzz/corpus for the next run.
fuzz() {
    local target=$1 corpus=build/fuzz/corpus/$1
    mkdir -p "$corpus"
    quietly timeout $((fuzz_s + 120)) "build/fuzz/bin/$target" -max_total_time="$fuzz_s" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="build/fuzz/$target-" "$corpus" "tests/fuzz/$target"
    say "    $target found nothing in $fuzz_s s"
}
export -f fuzz quietly die say
export fuzz_s

say "2/4 building with clang 19 and sanitizers in build/fuzz ($SECONDS s so far)"
quietly cmake --preset fuzz "${unity[@]}"
# Those of the program and the examples add little here and much to the build.
mapfile -t tests < <(targets_of fuzz '.*_test|leat_runtime_redistest' | grep -vE '^(chaos|cli|demo|layers|sentiment|triage)_')
mapfile -t fuzzers < <(targets_of fuzz '.*_fuzz')
quietly ninja -C build/fuzz -j "$jobs" "${tests[@]}" "${fuzzers[@]}"
run_tests fuzz "${tests[@]}"
printf '%s\n' "${fuzzers[@]}" | xargs -P 2 -I '{}' bash -euc 'fuzz {}'

say "3/4 building with the thread sanitizer in build/tsan ($SECONDS s so far)"
quietly cmake --preset tsan "${unity[@]}"
mapfile -t tests < <(targets_of tsan 'leat_(async|redis|runtime)_(test|redistest)')
quietly ninja -C build/tsan -j "$jobs" "${tests[@]}"
run_tests tsan "${tests[@]}"

say "4/4 running the tests ($SECONDS s so far)"
# What does not depend on the machine's pace is judged by its first run: a breach that comes once is a breach.
judged_once='^(CrashPoints|ModelTest|AofTail|crash_points)'
# One more than there are processors: tests wait for events most of the time.
if ! ctest --test-dir build/test --parallel $((jobs + 1)) --output-on-failure --no-tests=error; then
    failed=$(cut -d: -f2- build/test/Testing/Temporary/LastTestsFailed.log)
    ! grep -E "$judged_once" <<<"$failed" || die "these have no second try; what they printed is above."
    say "these failed and get one more run, alone (one that passes then is a defect too: please report it):"
    printf '%s\n' "$failed"
    ctest --test-dir build/test --rerun-failed --output-on-failure --no-tests=error
fi
