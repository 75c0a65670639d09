#!/bin/sh
# Whether each bug of this folder can be applied to the source as it is now. Changes nothing.
set -eu
cd "$1"
status=0
for bug in tests/seeded_bugs/*.patch; do
    patch --dry-run --strip=1 --silent <"$bug" || {
        echo "$bug no longer fits the source: make the same change there and write it again (git diff -U2)" >&2
        status=1
    }
done
exit $status
