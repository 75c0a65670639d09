#!/usr/bin/env bash
# Runs `leat chaos` again and again and prints a table for docs/reliability.md. Exit code 0 only if all runs were VALID.
#   scripts/chaos.sh                          seeds 1 to 5, 2 minutes each, all faults together
#   scripts/chaos.sh --each --seconds 10      every fault alone, with each seed
#   scripts/chaos.sh --acceptance             seeds 1 to 5, 10 minutes each and all at once, and a minute without faults;
#                                             puts the figures between the markers of docs/reliability.md
# Options: --seeds "1 2 3", --minutes N or --seconds N, --faults LIST, --leat PROGRAM (otherwise built here, preset
# release), --keep DIR for the histories of runs that were not VALID.
source "$(dirname "$0")/lib.sh"
cd "$root"

seeds="1 2 3 4 5"
seconds=
faults=all
each=
acceptance=
leat=
keep=build/chaos
while [ $# -gt 0 ]; do
    case "$1" in
        --each) each=1 && shift && continue ;;
        --acceptance) acceptance=1 && shift && continue ;;
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
[ -n "$seconds" ] || seconds=$([ -n "$acceptance" ] && echo 600 || echo 120)

# The report of a run (JSON, stdin) as a row; its exit code tells whether it is VALID.
row() {
    python3 -c '
import json, sys
what, report = sys.argv[1], json.load(sys.stdin)
counts = report["counts"]
def total(of): return sum(of.values())
cells = [what, report["verdict"], counts["handed_in"], counts["fully_checked"], counts["runs"], counts["duplicates"], counts["stale"],
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
# run LIST SEED [SECONDS]
run() {
    local list=$1 seed=$2 seconds=${3:-$seconds} name report
    name="$list, seed $seed${3:+, $((seconds / 60)) minute}"
    report=$keep/report-$list-$seed.json
    [ -t 2 ] && printf '%s …\r' "$name" >&2
    "$leat" chaos --seed "$seed" --seconds "$seconds" --faults "$list" --json --history "$keep/$list-$seed.history" \
        >"$report" 2>/dev/null || true
    if [ -s "$report" ] && row "$name" <"$report"; then
        rm -f "$keep/$list-$seed.history"
        [ -n "$acceptance" ] || rm -f "$report"
    else
        [ -s "$report" ] || echo "| $name | FAILED | | | | | | | | | | |"
        failed=$((failed + 1))
    fi
}

# Asks for a fault that does not exist: the refusal names those that do.
names() {
    "$leat" chaos --faults '?' 2>&1 | sed -n 's/.*there are all, none, all-but:, //p' | sed 's/ (invalid_input).*//; s/,//g'
}

head_of_table() {
    echo "| faults, seed | verdict | tasks | checked in full | runs | repeated | refused | overlaps excused | overlaps not excused | losses declared | faults done | skipped |"
    echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
}

# By the kind of fault, over all reports of the acceptance: tasks it may have undone something of, tasks that are lost,
# runs that it excuses.
by_fault() {
    python3 -c '
import collections, json, sys
totals = collections.defaultdict(lambda: [0, 0, 0, 0])
for file in sys.argv[1:]:
    report = json.load(open(file))
    for column, of in enumerate([report["faults"], report["counts"]["excused"], report["counts"]["losses"],
                                 report["counts"]["repeats"]]):
        for fault, count in of.items():
            totals[fault][column] += count
print("| fault | done | tasks it may have undone something of | lost | runs repeated |")
print("| --- | --- | --- | --- | --- |")
for fault in sorted(totals):
    print("| " + " | ".join([f"`{fault}`"] + [f"{count:,}" for count in totals[fault]]) + " |")
' "$@"
}

# The figures between these markers are this script'"'"'s.
paste() {
    python3 -c '
import re, sys
page, figures = "docs/reliability.md", open(sys.argv[1]).read()
text = open(page).read()
begin, end = "<!-- figures of scripts/chaos.sh --acceptance -->\n", "<!-- end of figures -->"
assert begin in text and end in text, f"{page} has no markers"
before, rest = text.split(begin, 1)
open(page, "w").write(before + begin + figures + end + rest.split(end, 1)[1])
' "$1"
}

# Every run writes its row to a file of its own; the load of the machine is part of the story.
accept() {
    local seed pids=() load figures=$keep/acceptance.md
    rm -f "$keep"/row-* "$keep"/report-*
    (run none 1 60 >"$keep/row-0"; exit $failed) & pids+=($!)
    for seed in $seeds; do
        (run "$faults" "$seed" >"$keep/row-$seed"; exit $failed) & pids+=($!)
    done
    sleep $((seconds / 2))
    load=$(cut -d' ' -f2 /proc/loadavg)
    for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + 1)); done
    {
        echo
        echo "$(date +%F), $(redis-server --version | sed -E 's/.* v=([0-9.]+) .*/Redis \1/'), $jobs cores, all at once (a load of ${load%.*}), $((seconds / 60)) minutes each:"
        echo
        head_of_table
        cat "$keep"/row-*
        echo
        echo "All of them together, by fault:"
        echo
        by_fault "$keep"/report-*.json
        echo
    } >"$figures"
    cat "$figures"
    [ $failed = 0 ] || die "$failed runs were not VALID; their histories are in $keep (leat chaos check FILE)."
    paste "$figures"
}

if [ -n "$acceptance" ]; then
    accept
    exit
fi

lists=$faults
[ -z "$each" ] || { [ "$faults" = all ] && lists=$(names) || lists=${faults//,/ }; }
head_of_table
for list in $lists; do
    for seed in $seeds; do
        run "$list" "$seed"
    done
done
[ $failed = 0 ] || die "$failed runs were not VALID; their histories are in $keep (leat chaos check FILE)."
