#!/usr/bin/env bash
# A million tasks in a private Redis: every route and every page, with no answer above 100 ms at the server and no command
# above 10 ms in Redis' slow log. Takes some minutes and 1 GiB of memory; leave the machine alone.
#   scripts/scale.sh [TASKS]
source "$(dirname "$0")/lib.sh"

cd "$root"
tasks=${1:-1000000}
say "building the preset release"
cmake --preset release -B build/release >/dev/null
ninja -C build/release leat_program
pages=()
LEAT_CHROMIUM=$(command -v chromium || command -v chromium-browser || true)
export LEAT_CHROMIUM
if [ -n "$LEAT_CHROMIUM" ] && [ -f build/release/dashboard/index.html ]; then
    [ -d tests/web/node_modules ] || (cd tests/web && npm ci --no-audit --no-fund >/dev/null)
    # The browser stands for a viewer on another machine: it yields to the servers that are looked at.
    pages=(--pages "chrt --idle 0 node tests/web/scale_pages.js")
else
    say "without the pages: there is no Chromium, or no dashboard was built"
fi
say "$tasks tasks"
python=/usr/bin/python3  # the one that sees the package python3-redis
[ -x "$python" ] || python=python3
tests/support/with_redis.sh "$python" -B tests/http_scale/http_scale.py build/release/bin/leat --tasks "$tasks" --tell "${pages[@]}"
