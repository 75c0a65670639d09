#!/usr/bin/env bash
# Drives the dashboard in Chromium, against a server and a worker of its own.
#   run.sh SOURCE_DIR LEAT DASHBOARD    the folder with the dashboard that the program was built with
# Exit code 77, with the reason, where it cannot: no Chromium, no npm, no packages, or a program without a dashboard.
# LEAT_UPDATE_PICTURES=FOLDER also writes the pictures of the manual.
set -euo pipefail

source_dir=$(realpath "$1") LEAT_PROGRAM=$(realpath "$2") LEAT_CHROMIUM=$(command -v chromium || command -v chromium-browser || true)
export LEAT_PROGRAM LEAT_CHROMIUM

skip() {
    echo "left out: $*"
    exit 77
}
[ -f "$3/index.html" ] || skip "the program was built without a dashboard; the build said why"
[ -n "$LEAT_CHROMIUM" ] || skip "chromium is not installed"
command -v npm >/dev/null || skip "npm is not installed"

cd "$source_dir/tests/web"
note=node_modules/.leat-lock
if ! cmp -s package-lock.json "$note"; then
    npm ci --no-audit --no-fund --fetch-retries=0 >/dev/null 2>&1 ||
        skip "npm could not install playwright-core and axe-core; run 'npm ci' in tests/web to see why"
    cp package-lock.json "$note"
fi
exec "$source_dir/tests/support/with_redis.sh" node all.js
