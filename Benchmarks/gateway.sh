#!/usr/bin/env bash
# CPU time a request: our gateway and nginx as reverse proxies, each on CPU 1 with one loop or worker and a JSON access
# log; wrk and the upstream (nginx, 1 KiB) on CPU 0. Interleaved runs: A B A B …
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/common.sh

rounds=${ROUNDS:-5}
seconds=${SECONDS_EACH:-5}
connections=64
upstream_port=18081 nginx_port=18082 gateway_port=18083 ops_port=18084

make_work_folder 2000
about=$(machine)

# The fields of our access log, as far as nginx knows them, written through a buffer as ours are.
proxy_conf() {
    common_nginx proxy
    cat <<END
http {
    log_format line escape=json '{"ts":"\$time_iso8601","level":"info","event":"access","tenant":"\$http_x_tenant_id",'
        '"tenant_source":"header","request_id":"\$request_id","client":"\$remote_addr","method":"\$request_method",'
        '"path":"\$uri","cell":"erp","upstream":"\$upstream_addr","attempts":1,"status":\$status,'
        '"request_bytes":\$request_length,"response_bytes":\$body_bytes_sent,"duration_s":\$request_time,'
        '"upstream_s":"\$upstream_response_time","user_agent":"\$http_user_agent","connection":\$connection}';
    access_log $work/nginx.jsonl line buffer=64k flush=1s;
    keepalive_requests 1000000000;
    upstream cell { server 127.0.0.1:$upstream_port; keepalive $connections; keepalive_requests 1000000000; }
    server {
        listen 127.0.0.1:$nginx_port reuseport backlog=1024;
        location /api/v1/erp/ {
            proxy_pass http://cell;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header X-Request-Id \$request_id;
            proxy_set_header X-Forwarded-For \$remote_addr;
        }
    }
}
END
}

gateway_conf() {
    cat <<END
listen: 127.0.0.1:$gateway_port
loops: 1
ops: { listen: "127.0.0.1:$ops_port" }
access_log: { path: "$work/gateway.jsonl" }
cells: [{ name: erp, upstreams: ["http://127.0.0.1:$upstream_port"] }]
END
}

# load PORT SECONDS: wrk's report.
load() {
    taskset -c 0 wrk -t1 -c"$connections" -d"$2s" --latency -H 'X-Tenant-Id: acme' \
        "http://127.0.0.1:$1/api/v1/erp/orders/17"
}

# measure NAME PORT PID…: one run; appends CPU µs a request, requests a second and p99 to files.
measure() {
    local name=$1 port=$2 before after requests
    shift 2
    : >"$work/$name.jsonl"
    before=$(cpu_micros "$@")
    load "$port" "$seconds" >"$work/wrk"
    after=$(cpu_micros "$@")
    if grep -q 'Non-2xx\|Socket errors' "$work/wrk"; then
        cat "$work/wrk" >&2
        exit 1
    fi
    requests=$(awk '/ requests in / { print $1 }' "$work/wrk")
    echo "$requests" >>"$work/$name.requests"
    echo "$before $after $requests" | awk '{ printf "%.3f\n", ($2 - $1) / $3 }' >>"$work/$name.cpu"
    awk '/^Requests\/sec/ { print $2 }' "$work/wrk" >>"$work/$name.rate"
    p99_micros "$work/wrk" >>"$work/$name.p99"
    echo "$name: $(tail -n 1 "$work/$name.cpu") µs CPU a request at $(tail -n 1 "$work/$name.rate") a second" >&2
}

upstream_conf $upstream_port >"$work/upstream.conf"
proxy_conf >"$work/proxy.conf"
gateway_conf >"$work/gateway.yaml"
nginx=$(nginx_path)

start 0 "$nginx" -p "$work" -c "$work/upstream.conf"
start 1 "$nginx" -p "$work" -c "$work/proxy.conf"
nginx_pid=$pid
start 1 "$scratch/release/gateway" run --config "$work/gateway.yaml"
gateway_pid=$pid
for port in $upstream_port $nginx_port $gateway_port; do wait_for "http://127.0.0.1:$port/api/v1/erp/x"; done
# The gateway is scraped once a second, as in operation; nginx has nothing to scrape.
(while sleep 1; do curl -s -o /dev/null "http://127.0.0.1:$ops_port/metrics"; done) &
started+=("$!")

load $nginx_port 2 >/dev/null
load $gateway_port 2 >/dev/null
measure direct $upstream_port
for _ in $(seq "$rounds"); do
    measure gateway $gateway_port "$gateway_pid"
    measure nginx $nginx_port $(nginx_processes "$nginx_pid")
done
# A proxy that writes no line for a request has less to do: none may be missing.
dropped=$(curl -s "http://127.0.0.1:$ops_port/metrics" \
    | awk '/^gateway_log_dropped_total[{ ]/ { total += $NF } END { printf "%d", total }')
sleep 1.2
for name in gateway nginx; do
    lines=$(wc -l <"$work/$name.jsonl")
    requests=$(tail -n 1 "$work/$name.requests")
    [ "$lines" -ge "$requests" ] || { echo "$name: $lines log lines of $requests requests" >&2; exit 1; }
done
[ "$dropped" -eq 0 ] || { echo "the gateway dropped $dropped log lines" >&2; exit 1; }
paste "$work/gateway.cpu" "$work/nginx.cpu" | awk '{ printf "%.4f\n", $1 / $2 }' >"$work/ratio"

row() {
    echo "| $2 | $(summary '%.1f' <"$work/$1.cpu") | $(summary '%.0f' <"$work/$1.rate")" \
        "| $(summary '%.0f' <"$work/$1.p99") |"
}
{
    echo
    echo "$about. $("$nginx" -v 2>&1 | sed 's/.*: //'),"
    echo "$rounds interleaved pairs of $seconds s, $connections connections; median (least–most)."
    echo
    echo "| 1 KiB response, JSON access log | CPU µs a request | requests a second | p99 µs |"
    echo "|---|---|---|---|"
    row gateway "gateway"
    row nginx "nginx"
    echo "| no proxy: wrk to the upstream | – | $(cat "$work/direct.rate") | $(cat "$work/direct.p99") |"
    echo
    echo "Ratio of the CPU time, gateway to nginx, pair by pair: **$(summary '%.2f' <"$work/ratio")**."
    echo
} | write_table gateway
