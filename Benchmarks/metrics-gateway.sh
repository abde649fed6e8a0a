# Sourced by metrics.sh. The gateway's p99 under load, with and without a scrape of 100,000 series a second.
# The gateway, its rendering included, on CPU 1 with one loop; wrk, the upstream and the scraper on CPU 0.

pairs=${PAIRS:-60}
seconds=${SECONDS_EACH:-2}
upstream_port=18101 gateway_port=18102 ops_port=18103
tenants=200 cells=30

gateway_part() {
    local about pair index
    build_release
    about=$(machine)
    upstream_conf $upstream_port >"$work/upstream.conf"
    {
        echo "listen: 127.0.0.1:$gateway_port"
        echo "loops: 1"
        echo "ops: { listen: \"127.0.0.1:$ops_port\" }"
        echo "access_log: { path: \"$work/gateway.jsonl\" }"
        echo "metrics: { max_tenants: $((tenants * 2 + 2)) }"
        echo "cells:"
        for index in $(seq "$cells"); do
            echo "  - { name: cell-$index, upstreams: [\"http://127.0.0.1:$upstream_port\"] }"
        done
    } >"$work/gateway.yaml"
    cat >"$work/all.lua" <<END
local count = -1
request = function()
    count = count + 1
    local headers = { ["X-Tenant-Id"] = "tenant-" .. (count % $tenants) }
    return wrk.format("GET", "/api/v1/cell-" .. (math.floor(count / $tenants) % $cells + 1) .. "/orders/17", headers)
end
END
    start 0 "$(nginx_path)" -p "$work" -c "$work/upstream.conf"
    start 1 "$scratch/release/gateway" run --config "$work/gateway.yaml"
    local gateway_pid=$pid
    wait_for "http://127.0.0.1:$upstream_port/"
    wait_for "http://127.0.0.1:$gateway_port/api/v1/cell-1/x"
    run_load 5 warm
    local lines
    lines=$(curl -s "http://127.0.0.1:$ops_port/metrics" | grep -vc '^#')
    [ "$lines" -ge 100000 ] || { echo "only $lines series to scrape" >&2; exit 1; }
    for pair in $(seq "$pairs"); do
        echo "pair $pair of $pairs" >&2
        run_load "$seconds" quiet
        scraped plain run_load "$seconds" scraped
        run_load "$seconds" quiet-again
        scraped gzip run_load "$seconds" scraped-gzip
    done
    run_load "$seconds" quiet
    # What comes before and after the runs with a scrape, so that a slow minute of the machine takes both.
    head -n "$pairs" "$work/quiet.p99" >"$work/first.p99"
    tail -n +2 "$work/quiet.p99" >"$work/last.p99"
    cp "$work/quiet-again.p99" "$work/middle.p99"
    {
        echo
        echo "$about. $lines series, $pairs interleaved pairs of $seconds s, 64 connections, closed loop;" \
            "median (least–most); a ratio is to the geometric mean of the runs before and after."
        echo
        echo "| | p99 µs | ratio to no scrape |"
        echo "|---|---|---|"
        echo "| no scrape | $(summary '%.0f' <"$work/quiet.p99") | |"
        echo "| scrape a second | $(summary '%.0f' <"$work/scraped.p99") | $(ratio scraped first middle) |"
        echo "| no scrape, again | $(summary '%.0f' <"$work/quiet-again.p99") | $(ratio middle first last) |"
        echo "| scrape a second, gzip | $(summary '%.0f' <"$work/scraped-gzip.p99") | $(ratio scraped-gzip middle last) |"
        echo
        echo "CPU of one scrape in the gateway: $(scrape_cpu plain "$gateway_pid") ms plain," \
            "$(scrape_cpu gzip "$gateway_pid") ms gzip."
        echo
    } | write_table metrics-gateway
}

# ratio NAME BEFORE AFTER
ratio() {
    paste "$work/$1.p99" "$work/$2.p99" "$work/$3.p99" | awk '{ printf "%.4f\n", $1 / sqrt($2 * $3) }' | summary '%.3f'
}

# run_load SECONDS NAME: all tenants and cells in turn; appends p99 to NAME.p99.
run_load() {
    : >"$work/gateway.jsonl"
    taskset -c 0 wrk -t1 -c64 -d"$1s" --latency -s "$work/all.lua" "http://127.0.0.1:$gateway_port" >"$work/wrk"
    if grep -q 'Non-2xx\|Socket errors' "$work/wrk"; then
        cat "$work/wrk" >&2
        exit 1
    fi
    p99_micros "$work/wrk" >>"$work/$2.p99"
}

# fetch plain|gzip COUNT OPTION…: scrapes over one connection, by one process.
fetch() {
    local coding=() count=$2
    [ "$1" = plain ] || coding=(-H "Accept-Encoding: gzip")
    shift 2
    exec taskset -c 0 curl -s "$@" "${coding[@]}" "http://127.0.0.1:$ops_port/metrics?[1-$count]" >/dev/null
}

# scraped plain|gzip COMMAND…: runs the command beside a scrape a second.
scraped() {
    local kind=$1
    shift
    (fetch "$kind" 1000 --rate 1/s) &
    local scraper=$!
    started+=("$scraper")
    "$@"
    kill "$scraper" 2>/dev/null || true
    wait "$scraper" 2>/dev/null || true
}

# scrape_cpu plain|gzip PID: CPU milliseconds of one scrape, by fifty of them.
scrape_cpu() {
    local before after
    before=$(cpu_micros "$2")
    (fetch "$1" 50)
    after=$(cpu_micros "$2")
    echo "$before $after" | awk '{ printf "%.1f", ($2 - $1) / 50000 }'
}

gateway_part
