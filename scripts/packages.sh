# Sourced by the other scripts: installs Debian packages that are missing.

# What `swift build` needs.
build_packages=(libcurl4-openssl-dev libyaml-dev zlib1g-dev)
# Found at run time where present: gzip at four times zlib's speed.
speed_packages=(libisal2)
# What the README's tour types.
tour_packages=(curl)
# The real peers that the tests run against.
test_packages=(prometheus prometheus-alertmanager nginx-light python3 python3-prometheus-client python3-grpcio curl
    openssl libsnappy1v5 libzstd1)
# What the gateway is measured beside, and what makes the load and the certificate.
gateway_peers=(nginx-light haproxy caddy nghttp2-client slowhttptest openssl gcc libc6-dev)
# The metrics libraries that scripts/bench measures beside ours.
metrics_peers=(golang-go golang-github-prometheus-client-golang-dev python3 python3-prometheus-client)
# What the log-shipper is measured beside, and what that is built with.
shipper_peers=(libisal-dev libcurl4-openssl-dev zlib1g-dev gcc libc6-dev python3 time syslog-ng-core syslog-ng-mod-http)
# The engines that scripts/bench measures beside ours; promtool comes with prometheus.
rules_peers=(prometheus victoria-metrics python3 time)

# install_packages NAME…: apt-get's packages, without starting the services that some of them bring.
install_packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "installing: ${missing[*]}"
    local as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    if ! command -v apt-get >/dev/null; then
        echo "this script installs with apt-get; on this system install by hand what matches: ${missing[*]}" >&2
        return 1
    fi
    # Debian's own switch against starting services at installation; only while we install.
    local policy=/usr/sbin/policy-rc.d placed=no
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod +x "$policy"
        placed=yes
    fi
    local status=0
    { "${as_root[@]}" apt-get update -qq \
        && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            "${missing[@]}" >/dev/null; } || status=$?
    [ $placed = no ] || "${as_root[@]}" rm -f "$policy"
    [ $status = 0 ] || echo "apt-get could not install: ${missing[*]}" >&2
    return $status
}

# install_re2: Python's google-re2, the oracle of our regular expressions, in .build/re2 unless python3 has it already.
# Without it the comparison is skipped, so a machine without the index of packages is no error.
install_re2() {
    local python
    for python in "${RE2_PYTHON:-python3}" .build/re2/bin/python3; do
        "$python" -c 'import re2; re2.Options().dot_nl' 2>/dev/null && return 0
    done
    echo "installing: google-re2"
    install_packages python3-venv || true
    python3 -m venv .build/re2 && .build/re2/bin/python3 -m pip install -q --disable-pip-version-check google-re2 \
        || echo "google-re2 could not be installed; the comparison with RE2 is skipped" >&2
}

# require_swift: the toolchain is the one thing we don't install.
require_swift() {
    if ! command -v swift >/dev/null; then
        echo "Swift 6.2 or newer is needed: https://www.swift.org/install/linux/" >&2
        return 1
    fi
}
