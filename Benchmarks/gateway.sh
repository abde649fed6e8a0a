#!/usr/bin/env bash
# The gateway beside nginx, HAProxy and Caddy as reverse proxies: CPU time a request without and with TLS, added
# latency, memory of idle connections; and beside itself: many routes and tenants, two loops, allocations. The proxy
# under test is on CPU 1 with one loop, worker or thread; the load generator (open-loop.c, h2load) and the upstream
# (nginx) are on CPU 0. Interleaved runs: A B C D A B C D …
#
# PARTS chooses: cpu tls latency slow routes loops idle allocations. PROXIES leaves peers out of cpu, tls and idle; gateway
# and nginx have to be there. ROUNDS, SECONDS_EACH, LATENCY_PAIRS and IDLE_CONNECTIONS change the size.
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/common.sh

rounds=${ROUNDS:-5}
seconds=${SECONDS_EACH:-5}
pairs=${LATENCY_PAIRS:-9}
idle_connections=${IDLE_CONNECTIONS:-10000}
proxies=${PROXIES:-gateway nginx haproxy caddy}
parts=${PARTS:-cpu tls latency slow routes loops idle allocations}

for file in proxies measure cpu latency slow scale memory; do . "Benchmarks/gateway/$file.sh"; done
for part in $parts; do
    declare -F "part_$part" >/dev/null || { echo "no such part: $part" >&2; exit 2; }
done
require_free
# Room for the log of one run of each proxy.
make_work_folder $((seconds * 150 + 1000))
make_inputs
for part in $parts; do
    about=$(machine)
    "part_$part"
done
