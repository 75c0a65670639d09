#!/usr/bin/env bash
# Builds Leat, starts `leat dev` with the demo's sentiment agent, sends it messages, sums up, and stops everything.
#   scripts/demo.sh [FILE] [--lexicon LEXICON]
# FILE: a message a line, as `text`, `id<TAB>text` or `id<TAB>rating<TAB>text`. Without it: reviews from
# ../shared/data where they exist, else the project's own sample.
# LEXICON: `token<TAB>valence` a line; without it the project's own small one.
source "$(dirname "$0")/lib.sh"

file="" lexicon=()
while [ $# -gt 0 ]; do
    case "$1" in
        --lexicon)
            [ -f "${2:-}" ] || die "there is no lexicon '${2:-}'; name a file after --lexicon."
            lexicon=(--lexicon "$(realpath "$2")")
            shift
            ;;
        -*) die "unknown argument '$1'; use [FILE] [--lexicon LEXICON]." ;;
        *) file=$1 ;;
    esac
    shift
done
for candidate in "$root/../shared/data/amazonReviewSnippets.tsv" "$root/examples/sentiment/messages.tsv"; do
    [ -n "$file" ] || [ ! -f "$candidate" ] || file=$candidate
done
[ -f "$file" ] || die "there is no file '$file' with messages."
file=$(realpath "$file")
cd "$root"

"$root/scripts/setup.sh" --build
say "building the preset release (the first time takes some minutes)"
# Several files are compiled as one, which takes half the time.
quietly cmake --preset release -DLEAT_BUILD_APP=ON -DLEAT_BUILD_EXAMPLES=ON -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=16
cmake --build build/release --parallel "$jobs" --target leat_program demo

# Everything the demo writes is in one folder that goes with it.
work=$(mktemp -d)
dev=""
stop_dev() {
    [ -z "$dev" ] || kill -TERM "$dev" 2>/dev/null || true
    [ -z "$dev" ] || wait "$dev" || say "leat dev ended with exit code $?; its log is above"
    dev=""
}
trap 'stop_dev; rm -rf "$work"' EXIT

say "starting leat dev --demo"
mkfifo "$work/said"
(cd "$work" && exec "$root/build/release/bin/leat" dev --demo "${lexicon[@]}" --data-dir "$work/data" >"$work/said") &
dev=$!
url=""
exec 3<"$work/said"  # stays open: what leat dev says later has somewhere to go
while IFS= read -r -u 3 line; do
    case "$line" in
        redis:*) url=${line#redis: } ;;
        ready*) break ;;
    esac
done
[ -n "$url" ] || die "leat dev did not start; its messages are above."

say "sending the messages of $(basename "$file"), and an empty one, which is an error on purpose"
build/release/bin/demo "$url" "$file"

say "stopping leat dev"
stop_dev
