#!/usr/bin/env bash
# Proves that the tests can fail: builds Leat with one known bug at a time and runs the test that must catch it.
#   scripts/seeded_bugs.sh            all bugs of tests/seeded_bugs, a table at the end
#   scripts/seeded_bugs.sh NAME…      those whose file name contains one of the words
# The bugs are patches, so that the product's source carries none of them. They are applied to a copy in build/seeded.
# Exit code 0 only if every bug is caught within a minute, by a test that passes without it. Caught is what a test that
# failed says (exit code 1 of gtest) or a run of chaos that is INVALID (exit code 3). All else is no catch: `hung` is a
# test that was ended after its minute, `broken` one that could not judge (no server, a crash, a verdict UNKNOWN).
source "$(dirname "$0")/lib.sh"
cd "$root"

readonly test_limit_s=60
readonly tree=$root/build/seeded
readonly build=$tree/build/seeded
export CCACHE_BASEDIR="$tree"


copy_tree() {
    mkdir -p "$tree"
    rm -rf "${tree:?}"/src "${tree:?}"/apps  # nothing of an interrupted run stays
    git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from=- | tar --extract --touch --directory="$tree"
}

header() { sed -n "s/^# $2: //p;2q" "$1"; }
purpose() { sed -n '1s/^# //p' "$1"; }
program_of() { local words; read -ra words <<<"$(header "$1" 'caught by')"; echo "${words[0]}"; }

# The programs of a bug's test, and the shims that `leat chaos` puts into its processes.
build_program() { ninja -C "$build" -j "$jobs" "bin/$1" clock_shim >"$tree/build.log" 2>&1; }

# What the exit code of a test of that program tells.
verdict_of() {
    local program=$1 status=$2 failed=1
    [ "$program" != leat ] || failed=3
    case $status in
        0) echo "NOT caught" ;;
        "$failed") grep -q "redis-server did not start" "$tree/test.log" && echo "broken (no server)" || echo caught ;;
        124 | 137) echo hung ;;
        *) echo "broken ($status)" ;;
    esac
}

# Runs the test of a bug; its exit code is the test's.
run_test() {
    local words
    read -ra words <<<"$(header "$1" 'caught by')"
    timeout --kill-after=5 "$test_limit_s" "$build/bin/${words[0]}" "${words[@]:1}" >"$tree/test.log" 2>&1 </dev/null
}

apply() { patch --directory="$tree" --strip=1 --silent --no-backup-if-mismatch "$@"; }

chosen=()
for bug in tests/seeded_bugs/*.patch; do
    [ $# -gt 0 ] || chosen+=("$bug")
    for word in "$@"; do [[ $bug == *"$word"* ]] && chosen+=("$bug"); done
done
[ ${#chosen[@]} -gt 0 ] || die "no file in tests/seeded_bugs is named like that."

say "building without a bug in build/seeded"
copy_tree
quietly cmake --preset dev -S "$tree" -B "$build" -DCMAKE_CXX_FLAGS_DEBUG="-O0 -g1" -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=8
mapfile -t programs < <(for bug in "${chosen[@]}"; do program_of "$bug"; done | sort -u)
for program in "${programs[@]}"; do
    build_program "$program" || die "Leat does not build; see build/seeded/build.log."
done

for bug in "${chosen[@]}"; do
    run_test "$bug" || die "the test for $bug fails without the bug too; see build/seeded/test.log."
done

rows=()
caught=0
for bug in "${chosen[@]}"; do
    name=$(basename "$bug" .patch)
    started=$SECONDS
    apply <"$bug" || die "$bug no longer fits the source: bring it up to date."
    build_program "$(program_of "$bug")" || die "Leat does not build with $bug; see build/seeded/build.log."
    status=0
    run_test "$bug" || status=$?
    verdict=$(verdict_of "$(program_of "$bug")" "$status")
    if [ "$verdict" = caught ]; then caught=$((caught + 1)); else cp "$tree/test.log" "$tree/$name.log"; fi
    apply --reverse <"$bug"
    say "$name: $verdict ($((SECONDS - started)) s)"
    rows+=("| $name | $(purpose "$bug") | \`$(header "$bug" 'caught by')\` | $verdict |")
done

printf '\n| bug | what it does | looked for by | |\n| --- | --- | --- | --- |\n'
printf '%s\n' "${rows[@]}"
say "$caught of ${#chosen[@]} caught"
[ "$caught" = ${#chosen[@]} ]
