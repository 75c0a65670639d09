#!/usr/bin/env bash
# Installs what Leat needs on Debian 12. Safe to run twice; needs root only when something is missing.
#   scripts/setup.sh            everything: building, testing, formatting
#   scripts/setup.sh --build    only what building and running need
source "$(dirname "$0")/lib.sh"

build_packages=(g++ cmake ninja-build ccache pkg-config
                libboost1.81-dev libboost-url1.81-dev nlohmann-json3-dev libssl-dev libcli11-dev libspdlog-dev
                libtomlplusplus-dev libcurl4-openssl-dev redis-server nodejs)
test_packages=(libgtest-dev libgmock-dev clang-19 libclang-rt-19-dev clang-format-14 clang-tidy-19
               git openssl patch python3 python3-redis chromium prometheus wrk)
# For the dashboard. Where Node is not Debian's, npm came with it, and Debian's package would be in its way.
command -v npm >/dev/null || build_packages+=(npm)

case "${1:-}" in
    "") wanted=("${build_packages[@]}" "${test_packages[@]}") ;;
    --build) wanted=("${build_packages[@]}") ;;
    *) die "unknown argument '$1'; use no argument or --build." ;;
esac

if [ -n "${LEAT_SKIP_SETUP:-}" ]; then
    say "LEAT_SKIP_SETUP is set: nothing is installed"
    exit 0
fi

mapfile -t new_services < <(missing_packages redis-server prometheus)
install_packages "${wanted[@]}"
# These packages would start servers for the whole machine at the next boot. Leat needs only the programs.
[ -d /run/systemd/system ] || new_services=()
for service in "${new_services[@]}"; do
    [[ " ${wanted[*]} " == *" $service "* ]] || continue
    as_root systemctl disable --quiet "$service" || say "could not disable the service $service; Leat does not need it"
done
say "all packages are there"
