#!/usr/bin/env bash
# Installs the library into a fresh prefix, builds examples/consumer outside the tree against it, and runs it.
#   check.sh SOURCE-FOLDER BUILD-FOLDER CXX-COMPILER
set -euo pipefail
source_dir=$1 build_dir=$2 compiler=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build_dir" --prefix "$work/prefix" --component development >/dev/null
cp -r "$source_dir/examples/consumer" "$work/consumer"
# Found by the prefix alone: nothing of the source or build tree may be needed.
if grep -rlF -e "$source_dir/" -e "$build_dir/" "$work"/prefix/lib*/cmake; then
    echo "the installed package names the tree it was built in"
    exit 1
fi
cmake -S "$work/consumer" -B "$work/build" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
cmake --build "$work/build"
printed=$("$source_dir/tests/support/with_redis.sh" sh -c '"$1" "$LEAT_REDIS"' sh "$work/build/consumer")
[ "$printed" = '{"sum":5}' ] || {
    echo "the consumer printed: $printed"
    exit 1
}
echo "the consumer was built from the installed package and ran"
