# Sourced by gateway.sh: CPU time a request beside the peers, without and with TLS.

# plain_load KIND PORT: one run.
plain_load() {
    case $1 in
    small) load "$2" -c 64 -d "$seconds" -u $cell/orders/17 ;;
    large) load "$2" -c 64 -d "$seconds" -u $cell/64k ;;
    post) load "$2" -c 64 -d "$seconds" -u $cell/post -b 65536 ;;
    # From several addresses: ports whose connections have just ended can't be used again at once.
    new) load "$2" -c 64 -d "$seconds" -u $cell/orders/17 -x -s 16 ;;
    esac
}

part_cpu() {
    local round kind name
    start_upstream 0
    for name in $proxies; do start_proxy "$name"; done
    for kind in small large post new; do
        for name in $proxies; do seconds=1 run "$name" plain_load $kind "${port[$name]}"; done
        measure $kind direct plain_load $kind "${port[direct]}"
        for round in $(seq "$rounds"); do
            for name in $proxies; do measure $kind "$name" plain_load $kind "${port[$name]}"; done
        done
    done
    stop_all
    {
        preface "$(versions). $rounds interleaved rounds of $seconds s; median (least–most)."
        cpu_heading "HTTP/1.1, 64 connections"
        cpu_rows small "1 KiB response" "≤ 0.8"
        cpu_rows large "64 KiB response" "≤ 1.0"
        cpu_rows post "64 KiB request body" "≤ 1.0"
        cpu_rows new "1 KiB response, a new connection for each request" "≤ 1.0"
        if [ -f "$work/small.caddy.cpu" ]; then
            echo
            echo "1 KiB response, gateway to Caddy: **$(ratios small gateway caddy | summary '%.2f')** (goal ≤ 0.2)."
        fi
        echo
    } | write_table gateway-cpu
}

# secure_load KIND PORT
secure_load() {
    case $1 in
    tls) tls_load "$2" http/1.1 --h1 -c 64 -D "$seconds" ;;
    h2) tls_load "$2" h2 -c 8 -m 8 -D "$seconds" ;;
    esac
}

part_tls() {
    local round kind name
    start_upstream 0
    for name in $proxies; do start_proxy "$name"; done
    for kind in tls h2; do
        for name in $proxies; do seconds=1 run "$name" secure_load $kind "${tls_port[$name]}"; done
        for round in $(seq "$rounds"); do
            for name in $proxies; do measure $kind "$name" secure_load $kind "${tls_port[$name]}"; done
        done
    done
    stop_all
    {
        preface "$(versions), $(h2load --version). $rounds interleaved rounds of $seconds s; median (least–most)."
        cpu_heading "TLS 1.3, 1 KiB response"
        cpu_rows tls "HTTP/1.1, 64 connections" "≤ 1.2"
        cpu_rows h2 "HTTP/2, 8 connections of 8 streams" "≤ 1.5"
        echo
    } | write_table gateway-tls
}
