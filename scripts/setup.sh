#!/usr/bin/env bash
# Installs what Leat needs on Debian 12. Safe to run twice; needs root only when something is missing.
#   scripts/setup.sh            everything: building, testing, formatting
#   scripts/setup.sh --build    only what building and running need
source "$(dirname "$0")/lib.sh"

build_packages=(g++ cmake ninja-build ccache pkg-config
                libboost1.81-dev libboost-url1.81-dev nlohmann-json3-dev libssl-dev libcli11-dev libspdlog-dev
                libtomlplusplus-dev redis-server)
test_packages=(libgtest-dev libgmock-dev clang-19 libclang-rt-19-dev clang-format-14 clang-tidy-19
               git openssl patch python3 python3-redis nodejs)

case "${1:-}" in
    "") wanted=("${build_packages[@]}" "${test_packages[@]}") ;;
    --build) wanted=("${build_packages[@]}") ;;
    *) die "unknown argument '$1'; use no argument or --build." ;;
esac

if [ -n "${LEAT_SKIP_SETUP:-}" ]; then
    say "LEAT_SKIP_SETUP is set: nothing is installed"
    exit 0
fi

redis_is_new=$(missing_packages redis-server)
install_packages "${wanted[@]}"
# The package would start a server for the whole machine at the next boot. Leat needs only the program.
if [ -n "$redis_is_new" ] && [ -d /run/systemd/system ]; then
    as_root systemctl disable --quiet redis-server || say "could not disable the service redis-server; Leat does not need it"
fi
say "all packages are there"
