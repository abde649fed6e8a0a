# Sourced by gateway.sh: ordinary traffic while a thousand connections are as slow as they can be; and while they are so to
# nginx instead, which shows what the attacker costs by being on the machine. It is on the gateway's CPU, of which it gets what
# is left over: beside the load generator it would delay what measures, and the upstream.

slow_connections=1000

# slow_options KIND: slowhttptest's, for connections that send a head, a body, or read an answer a few bytes a second, or
# ask for hundreds of ranges, as many as fit into a header line that is taken.
slow_options() {
    case $1 in
    heads) echo "-H -u $2/orders/17" ;;
    bodies) echo "-B -s 65536 -u $2/post" ;;
    reads) echo "-X -k 3 -w 10 -y 20 -z 5 -n 1 -u $2/64k" ;;
    ranges) echo "-R -a 1 -b 700 -u $2/64k" ;;
    esac
}

# slow_row KIND TEXT
slow_row() {
    local when cells=""
    for when in calm beside slow; do cells+=" $(summary '%.0f' <"$work/$when-$1.gateway.p99") |"; done
    for when in calm beside; do
        cells+=" $(paste "$work/slow-$1.gateway.p99" "$work/$when-$1.gateway.p99" \
            | awk '{ printf "%.4f\n", $1 / $2 }' | summary '%.2f') |"
    done
    echo "| $2 |$cells < 2 |"
}

# check_attack KIND: the slow connections have been there to the end.
check_attack() {
    local open
    open=$(curl -s "http://127.0.0.1:${ops_port[gateway]}/metrics" \
        | awk '/^gateway_connections_open\{listener="data"\}/ { printf "%d", $2 }')
    [ "$open" -ge $((slow_connections * 9 / 10)) ] || { echo "$1: only $open connections are open" >&2; exit 1; }
}

# under_attack NAME KIND PROXY RATE: the gateway's latencies while the proxy is attacked.
under_attack() {
    local attacker
    # shellcheck disable=SC2046
    chrt --idle 0 taskset -c 1 slowhttptest -c $slow_connections -r 1000 -i 1 -l $((seconds + 30)) \
        $(slow_options "$2" "http://127.0.0.1:${port[$3]}$cell") >"$work/slowhttptest" 2>&1 &
    attacker=$!
    started+=("$attacker")
    # Requests for ranges are answered at once: they come while we measure. The others are there for good.
    [ "$2" = ranges ] || sleep 3
    measure "$1-$2" gateway paced gateway "$4"
    [ "$2" = ranges ] || [ "$3" = nginx ] || check_attack "$2"
    stop "$attacker"
}

part_slow() {
    local kind round rate
    start_upstream 0
    for kind in gateway nginx; do start_proxy $kind; done
    capacity gateway >/dev/null
    rate=$(capacity gateway | awk '{ printf "%d", $1 * 0.1 }')
    for kind in heads bodies reads ranges; do
        for round in $(seq "$rounds"); do
            measure "calm-$kind" gateway paced gateway "$rate"
            under_attack beside $kind nginx "$rate"
            under_attack slow $kind gateway "$rate"
        done
    done
    stop_all
    {
        preface "$rate requests a second on schedule, 10 % of what the gateway can do, 64 connections;" \
            "$slow_connections slow connections by slowhttptest; $rounds pairs of $seconds s; median (least–most)."
        echo
        echo "| slow | p99 µs without | nginx attacked | gateway attacked | to without | to nginx attacked | goal |"
        echo "|---|---|---|---|---|---|---|"
        slow_row heads "heads, a field a second"
        slow_row bodies "bodies, a few bytes a second"
        slow_row reads "readers of 64 KiB, 5 bytes a second"
        slow_row ranges "requests for 700 ranges, 1,000 of them"
        echo
    } | write_table gateway-slow
}
