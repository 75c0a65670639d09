#!/usr/bin/env bash
# Runs clang-tidy 19 with the project's short list of checks. Optional; slow. Needs the preset `clang` configured once:
# cmake --preset clang
#   scripts/tidy.sh [COMMIT]    files that changed since COMMIT (default: the last one), also when not committed
#   scripts/tidy.sh --all       all sources
source "$(dirname "$0")/lib.sh"
cd "$root"

build=build/clang
command -v clang-tidy-19 >/dev/null || die "clang-tidy-19 is not installed; run scripts/setup.sh."
[ -f $build/compile_commands.json ] || die "there is no $build/compile_commands.json; run: cmake --preset clang"

if [ "${1:-}" = --all ]; then
    mapfile -t files < <(git ls-files '*.cpp')
else
    mapfile -t files < <(git diff --name-only --diff-filter=d "${1:-HEAD~1}" -- '*.cpp')
fi
compiled=()
for file in "${files[@]}"; do
    grep -qF "$root/$file\"" $build/compile_commands.json && compiled+=("$file")
done
[ ${#compiled[@]} -gt 0 ] || {
    say "no compiled source changed"
    exit 0
}
say "clang-tidy on ${#compiled[@]} files"
printf '%s\0' "${compiled[@]}" | xargs -0 -n 1 -P "$jobs" clang-tidy-19 --quiet -p $build
