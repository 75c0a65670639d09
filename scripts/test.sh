#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all checks. Asks nothing; exit code 0 only if all passed.
#   1. builds the preset `dev` (GCC): library, program, examples, tests
#   2. builds the preset `fuzz` (clang 19, address and undefined-behaviour sanitizers): runs the pure tests, the tests
#      of the worker, and each fuzz target for LEAT_FUZZ_S (60) seconds, two at a time
#   3. builds the preset `tsan` (clang 19, thread sanitizer): runs the tests of everything that has threads
#   4. runs all tests of stage 1, those that fail once more and alone; their summary is the last thing printed
# Stages 2 and 3 are left out, with a sentence, where the time is needed for stage 4.
source "$(dirname "$0")/lib.sh"
cd "$root"

# Builds of these stages end so many seconds after the start.
asan_until_s=${LEAT_BUILD_UNTIL_S:-1080}
tsan_until_s=${LEAT_BUILD_UNTIL_S:-1200}
fuzz_s=${LEAT_FUZZ_S:-60}

scripts/setup.sh

say "1/4 building the preset dev in build/test"
# Line numbers are enough for a failed assertion; full debug information would cost a fifth of the build.
quietly cmake --preset dev -B build/test -DCMAKE_CXX_FLAGS_DEBUG="-O0 -g1"
quietly cmake --build build/test --parallel "$jobs"

# Test programs are named by what they need: *_test nothing, *_redistest a private server, *_processtest subprocesses.
# targets_of PRESET REGEX: the names of test programs and fuzz targets that match as a whole.
targets_of() {
    ninja -C "build/$1" -t targets all | sed -nE 's/^([a-z0-9_]+): phony$/\1/p' | grep -xE "$2" | grep -v '^cmake_'
}

# build_until PRESET SECOND TARGET…: 124 where the time passed first; what was built is there for the next run.
build_until() {
    local folder=build/$1 until_s=$2 status=0
    shift 2
    [ "$SECONDS" -lt "$until_s" ] || return 124
    timeout --kill-after=30 $((until_s - SECONDS)) \
        ninja -C "$folder" -j "$jobs" "$@" >"$folder/build.log" 2>&1 </dev/null || status=$?
    [ $status = 0 ] || [ $status = 124 ] || {
        tail -n 100 "$folder/build.log" >&2
        die "the build in $folder failed; its last lines are above, all of them in $folder/build.log."
    }
    return $status
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
quietly cmake --preset fuzz
# Those of the program and the examples add little here and much to the build.
mapfile -t tests < <(targets_of fuzz '.*_test|leat_runtime_redistest' | grep -vE '^(chaos|cli|demo|layers|sentiment|triage)_')
mapfile -t fuzzers < <(targets_of fuzz '.*_fuzz')
if build_until fuzz "$asan_until_s" "${tests[@]}" "${fuzzers[@]}"; then
    run_tests fuzz "${tests[@]}"
    printf '%s\n' "${fuzzers[@]}" | xargs -P 2 -I '{}' bash -euc 'fuzz {}'
else
    say "2/4 left out: the builds took $SECONDS s, and the tests need the rest; another run goes on where this one ended"
fi

say "3/4 building with the thread sanitizer in build/tsan ($SECONDS s so far)"
quietly cmake --preset tsan
mapfile -t tests < <(targets_of tsan 'leat_(async|redis|runtime)_(test|redistest)')
if build_until tsan "$tsan_until_s" "${tests[@]}"; then
    run_tests tsan "${tests[@]}"
else
    say "3/4 left out: the builds took $SECONDS s, and the tests need the rest; another run goes on where this one ended"
fi

say "4/4 running the tests ($SECONDS s so far)"
if ! ctest --test-dir build/test --parallel 2 --output-on-failure --no-tests=error; then
    say "these failed and get one more run, alone (one that passes then is a defect too: please report it):"
    cut -d: -f2- build/test/Testing/Temporary/LastTestsFailed.log
    ctest --test-dir build/test --rerun-failed --output-on-failure --no-tests=error
fi
