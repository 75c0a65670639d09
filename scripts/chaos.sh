#!/usr/bin/env bash
# Runs `leat chaos` again and again and prints a table for docs/reliability.md. Exit code 0 only if all runs were VALID.
#   scripts/chaos.sh                          seeds 1 to 5, 2 minutes each, all faults together
#   scripts/chaos.sh --each --seconds 10      every fault alone, with each seed
# Options: --seeds "1 2 3", --minutes N or --seconds N, --faults LIST, --leat PROGRAM (otherwise built here, preset
# release), --keep DIR for the histories of runs that were not VALID.
source "$(dirname "$0")/lib.sh"
cd "$root"

seeds="1 2 3 4 5"
seconds=120
faults=all
each=
leat=
keep=build/chaos
while [ $# -gt 0 ]; do
    case "$1" in
        --each) each=1 && shift && continue ;;
        --seeds | --minutes | --seconds | --faults | --leat | --keep) [ $# -gt 1 ] || die "$1 needs a value." ;;
        *) die "unknown argument '$1'; its first lines tell what there is." ;;
    esac
    case "$1" in
        --seeds) seeds=$2 ;;
        --minutes) seconds=$(($2 * 60)) ;;
        --seconds) seconds=$2 ;;
        --faults) faults=$2 ;;
        --leat) leat=$2 ;;
        --keep) keep=$2 ;;
    esac
    shift 2
done

if [ -z "$leat" ]; then
    say "building the program, preset release"
    cmake --preset release >/dev/null
    cmake --build build/release --parallel "$jobs" --target leat_program clock_shim power_loss_shim >/dev/null
    leat=build/release/bin/leat
fi
mkdir -p "$keep"

# The report of a run (JSON, stdin) as a row; its exit code tells whether it is VALID.
row() {
    python3 -c '
import json, sys
what, report = sys.argv[1], json.load(sys.stdin)
counts = report["counts"]
def total(of): return sum(of.values())
cells = [what, report["verdict"], counts["handed_in"], counts["runs"], counts["duplicates"], counts["stale"],
         counts["overlaps_excused"], counts["overlaps_unexcused"], len(report["declared_losses"]),
         total(report["faults"]), total(report["skipped"])]
print("| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in cells) + " |")
for check, count in report["violations"].items():
    print(f"{what}: {check} is violated {count} times", file=sys.stderr)
for skipped in report["skipped"]:
    print(f"{what}: SKIPPED {skipped}", file=sys.stderr)
sys.exit(report["verdict"] != "VALID")
' "$1"
}

failed=0
run() {
    local list=$1 seed=$2 name report
    name="$list, seed $seed"
    report=$keep/report-$list-$seed.json
    [ -t 2 ] && printf '%s …\r' "$name" >&2
    "$leat" chaos --seed "$seed" --seconds "$seconds" --faults "$list" --json --history "$keep/$list-$seed.history" \
        >"$report" 2>/dev/null || true
    if [ -s "$report" ] && row "$name" <"$report"; then
        rm -f "$keep/$list-$seed.history" "$report"
    else
        [ -s "$report" ] || echo "| $name | FAILED | | | | | | | | | |"
        failed=$((failed + 1))
    fi
}

# Asks for a fault that does not exist: the refusal names those that do.
names() {
    "$leat" chaos --faults '?' 2>&1 | sed -n 's/.*there are all, none, //p' | sed 's/ (invalid_input).*//; s/,//g'
}

lists=$faults
[ -z "$each" ] || { [ "$faults" = all ] && lists=$(names) || lists=${faults//,/ }; }
echo "| faults, seed | verdict | tasks | runs | repeated | refused | overlaps excused | overlaps not excused | losses declared | faults done | skipped |"
echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
for list in $lists; do
    for seed in $seeds; do
        run "$list" "$seed"
    done
done
[ $failed = 0 ] || die "$failed runs were not VALID; their histories are in $keep (leat chaos check FILE)."
