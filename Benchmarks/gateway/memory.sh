# Sourced by gateway.sh: memory of idle connections, and allocations a request.

# resident NAME: MiB of all its processes.
resident() {
    local process
    for process in $(processes_of "$1"); do cat "/proc/$process/status"; done \
        | awk '/^VmRSS/ { total += $2 } END { printf "%.1f", total / 1024 }'
}

# idle_row NAME GOAL: a fresh program's memory before the connections and with them, all held at the same time.
idle_row() {
    local name=$1 before with answer="" input process
    start_proxy "$name"
    before=$(resident "$name")
    coproc holder {
        exec taskset -c 0 "$work/open-loop" -p "${port[$name]}" -i -c "$idle_connections" -s 16 -H "$tenant_header" \
            -u $cell/orders/17
    }
    process=$holder_PID input=${holder[1]}
    started+=("$process")
    read -r -t 60 answer <&"${holder[0]}" || true
    [ "$answer" = ready ] || { echo "$name does not take $idle_connections connections" >&2; exit 1; }
    sleep 2
    with=$(resident "$name")
    exec {input}>&-
    wait "$process" || { echo "$name closed some of $idle_connections connections" >&2; exit 1; }
    forget "$process"
    stop "${pid_of[$name]}"
    unset "pid_of[$name]"
    echo "$before $with" | awk -v name="$name" -v goal="$2" -v n="$idle_connections" \
        '{ printf "| %s | %.1f | %.1f | %s | %.1f |\n", name, $1, $2, goal, ($2 - $1) * 1024 / n }'
    echo "idle, $name: $with MiB" >&2
}

part_idle() {
    local limit name goal
    ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"
    limit=$(ulimit -n)
    if [ "$limit" != unlimited ] && [ "$limit" -lt $((idle_connections + 1000)) ]; then
        echo "$limit open files are too few for $idle_connections connections (ulimit -n)" >&2
        exit 1
    fi
    start_upstream 0
    {
        preface "$(versions). $idle_connections connections, each of which has made one request."
        echo
        echo "| | resident MiB at the start | with the connections | goal | KiB a connection |"
        echo "|---|---|---|---|---|"
        for name in $proxies; do
            goal=""
            [ "$name" != gateway ] || goal="≤ 60"
            idle_row "$name" "$goal"
        done
        echo
    } >"$work/idle.table"
    stop_all
    write_table gateway-idle <"$work/idle.table"
}

# counts NAME: of the library that is loaded with the program.
counts() { od -An -t u8 -v -w48 "$work/$1.counts"; }

# allocations_row NAME GOAL. Opening the connections allocates as well, but as much for 10,000 requests as for 20,000:
# the difference is 10,000 requests' alone.
allocations_row() {
    local requests
    start_proxy "$1" LD_PRELOAD="$work/count-allocations.so" COUNT_ALLOCATIONS="$work/$1.counts"
    for requests in 40000 10000 20000; do
        run "$1" load "${port[$1]}" -n $requests -u $cell/orders/17
        counts "$1"
    done >"$work/counts"
    awk -v name="$1" -v goal="$2" '
        { for (i = 1; i <= 6; i++) { step[NR, i] = $i - last[i]; last[i] = $i } }
        END {
            # What the connections need varies by a few; no request frees memory that none took.
            for (i = 1; i <= 6; i++) each[i] = step[3, i] > step[2, i] ? (step[3, i] - step[2, i]) / 10000 : 0
            printf "| %s | %.2f | %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.0f |\n", name,
                each[1] + each[2] + each[3] + each[4], goal, each[1], each[2], each[3], each[4], each[5], each[6]
        }' "$work/counts"
}

part_allocations() {
    cc -O2 -shared -fPIC -o "$work/count-allocations.so" Benchmarks/count-allocations.c
    start_upstream 0
    {
        preface "The difference between 20,000 and 10,000 requests on 64 connections, without scrapes."
        echo
        echo "| a request | allocations | goal | malloc | calloc | realloc | aligned | free | bytes |"
        echo "|---|---|---|---|---|---|---|---|---|"
        allocations_row gateway "≤ 5"
        allocations_row nginx ""
        echo
    } >"$work/allocations.table"
    stop_all
    write_table gateway-allocations <"$work/allocations.table"
}
