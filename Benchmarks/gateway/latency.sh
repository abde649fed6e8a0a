# Sourced by gateway.sh: the latency that a proxy adds at a rate that it can serve with ease.

# capacity NAME: requests a second that it serves at most.
capacity() {
    run "$1" plain_load small "${port[$1]}"
    value rate
}

# paced NAME RATE: the latencies of the first second, in which connections are opened, are left out.
paced() { load "${port[$1]}" -c 64 -r "$2" -d $((seconds + 1)) -w 1 -u $cell/orders/17; }

# added NAME QUANTILE: to what the upstream takes without a proxy, pair by pair.
added() { paste "$work/paced.$1.$2" "$work/paced.direct.$2" | awk '{ printf "%.1f\n", $1 - $2 }' | summary '%.0f'; }

# latency_row NAME TEXT
latency_row() {
    local more="– | –"
    [ "$1" = direct ] || more="$(added "$1" p50) | $(added "$1" p99)"
    echo "| $2 | $(summary '%.0f' <"$work/paced.$1.p50") | $(summary '%.0f' <"$work/paced.$1.p99") | $more |"
}

part_latency() {
    local pair name rate
    start_upstream 0
    for name in nginx gateway; do
        start_proxy $name
        capacity $name >/dev/null
    done
    rate=$({ capacity nginx && capacity gateway; } | sort -n | awk 'NR == 1 { printf "%d", $1 * 0.6 }')
    for pair in $(seq "$pairs"); do
        for name in direct nginx gateway; do measure paced $name paced $name "$rate"; done
    done
    stop_all
    paste "$work/paced.gateway.p99" "$work/paced.nginx.p99" | awk '{ printf "%.4f\n", $1 / $2 }' >"$work/paced.ratio"
    {
        preface "$rate requests a second on schedule, 60 % of what the slower of the two can do; $pairs interleaved" \
            "pairs of $seconds s, 64 connections; median (least–most)."
        echo
        echo "| 1 KiB response | p50 µs | p99 µs | p50 added | p99 added |"
        echo "|---|---|---|---|---|"
        latency_row direct "no proxy"
        latency_row nginx "nginx"
        latency_row gateway "gateway"
        echo
        echo "p99, gateway to nginx, pair by pair: **$(summary '%.2f' <"$work/paced.ratio")** (goal ≤ 1.10)."
        echo
    } | write_table gateway-latency
}
