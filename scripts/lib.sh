# Helpers shared by the scripts of this folder. Sourced, never run.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc)

# Repeated builds hit the cache also from another clone: paths are hashed relative to the project.
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1

say() { printf '==> %s\n' "$*"; }
die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Runs a command as root: as it is for root, else through sudo, which may ask only where somebody can answer.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif ! command -v sudo >/dev/null; then
        die "installing packages needs root; run this as root, or install sudo."
    elif [ -t 0 ] && [ -z "${CI:-}" ]; then
        sudo "$@"
    else
        sudo -n "$@" || die "sudo would have to ask for a password; run scripts/setup.sh in a terminal first."
    fi
}

# Names those of the given Debian packages that are not installed, one a line.
missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

# Installs what is missing of the given Debian packages; does nothing, and needs no root, where all are there.
install_packages() {
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
        die "this script knows Debian's packages only; install by hand: $*. Then set LEAT_SKIP_SETUP=1."
    local missing log
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${missing[*]}"
    log=$(mktemp)
    without_services apt_get_install "$log" "${missing[@]}" || {
        tail -n 20 "$log" >&2
        die "apt-get could not install ${missing[*]}; its last lines are above, all of them in $log."
    }
    rm -f "$log"
}

apt_get_install() {
    local log=$1
    shift
    # An old list of packages is only fatal if the packages are not in it.
    as_root apt-get update >>"$log" 2>&1 || true
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@" >>"$log" 2>&1
}

# Runs a command while packages may not start services: Leat starts private servers only, none for the whole machine.
without_services() {
    local policy=/usr/sbin/policy-rc.d status=0
    if [ -e "$policy" ]; then
        "$@"
        return
    fi
    trap "as_root rm -f $policy" EXIT
    as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy"
    "$@" || status=$?
    as_root rm -f "$policy"
    trap - EXIT
    return $status
}

# Runs a command without showing its output, unless it fails.
quietly() {
    local log
    log=$(mktemp)
    "$@" >"$log" 2>&1 </dev/null || {
        tail -n 100 "$log" >&2
        die "this failed, its last lines are above, all of them in $log: $*"
    }
    rm -f "$log"
}
