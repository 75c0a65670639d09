#!/usr/bin/env bash
# Formats the C++ files with clang-format 14 and the project's .clang-format.
#   scripts/format.sh           rewrites what differs
#   scripts/format.sh --check   changes nothing; exit code 1 and a list if something differs, 77 without clang-format 14
source "$(dirname "$0")/lib.sh"
cd "$root"

formatter=$(command -v clang-format-14 || command -v clang-format || true)
if [ -z "$formatter" ] || ! "$formatter" --version | grep -q 'version 14\.'; then
    echo "skipped: clang-format 14 is not installed; other versions format differently (scripts/setup.sh installs it)"
    exit 77
fi

mapfile -d '' -t files < <(find apps examples include src tests tools \( -name '*.cpp' -o -name '*.hpp' \) -type f -print0)
case "${1:-}" in
    "") "$formatter" -i "${files[@]}" ;;
    --check)
        if ! complaints=$("$formatter" --dry-run --Werror "${files[@]}" 2>&1); then
            sed -n 's/: error: code should be clang-formatted.*//p' <<<"$complaints" | cut -d: -f1 | sort -u
            echo "the files above are not formatted; run scripts/format.sh"
            exit 1
        fi
        echo "${#files[@]} files are formatted"
        ;;
    *) die "unknown argument '$1'; use no argument or --check." ;;
esac
