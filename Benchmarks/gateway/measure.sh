# Sourced by gateway.sh: one run of load, and what is kept of it. Files are named after the kind of load and the program
# that was under it: KIND.NAME.cpu has a line for each run, and so have .rate, .p50 and .p99.

tenant_header='X-Tenant-Id: acme'
# Where load and scrapes run.
load_cpus=0
# Whether there is a scrape each second.
scrapes=yes

# load PORT OPTION…: our load generator.
load() {
    local at=$1
    shift
    taskset -c "$load_cpus" "$work/open-loop" -p "$at" -H "$tenant_header" -H 'User-Agent: open-loop' "$@"
}

# tls_load PORT PROTOCOL OPTION…: h2load, which reports in the same words. AES-128, because left alone OpenSSL's servers
# take AES-256 and Go's don't.
tls_load() {
    local at=$1 protocol=$2
    shift 2
    taskset -c "$load_cpus" h2load -t 1 "$@" -H "$tenant_header" --tls13-ciphers=TLS_AES_128_GCM_SHA256 \
        --connect-to="127.0.0.1:$at" "https://localhost:$at$cell/orders/17" >"$work/h2load"
    if ! { grep -q '^TLS Protocol: TLSv1.3' "$work/h2load" && grep -q '^Cipher: TLS_AES_128_GCM_SHA256' "$work/h2load" \
        && grep -q "^Application protocol: $protocol" "$work/h2load"; }; then
        cat "$work/h2load" >&2
        echo "port $at: not TLS 1.3 with AES-128-GCM and $protocol" >&2
        return 1
    fi
    awk '
        /^finished in/ { print "rate=" $4 }
        /^requests:/ { done = $6; failed = $10 + $12 + $14 }
        /^status codes:/ { succeeded = $3 }
        END {
            print "completed=" done
            print "errors=" failed + done - succeeded
            exit failed > 0 || succeeded < done || done == 0
        }' "$work/h2load"
}

# value KEY: of the last run.
value() { awk -F= -v key="$1" '$1 == key { print $2; exit }' "$work/load"; }

# measure KIND NAME COMMAND…: one run of the command, with a scrape of NAME's metrics each second beside it.
measure() {
    local kind=$1 name=$2 processes before after scraper="" requests
    shift 2
    processes=$(processes_of "$name")
    : >"$work/$name.jsonl"
    [ -z "$scrapes" ] || start_scraper "$name"
    before=$(cpu_micros $processes)
    run "$name" "$@"
    after=$(cpu_micros $processes)
    [ -z "$scraper" ] || stop "$scraper"
    requests=$(value completed)
    [ -z "$processes" ] || check_log "$name" "$requests"
    echo "$before $after $requests" | awk '{ printf "%.3f\n", ($2 - $1) / $3 }' >>"$work/$kind.$name.cpu"
    value rate >>"$work/$kind.$name.rate"
    value p50_us >>"$work/$kind.$name.p50"
    value p99_us >>"$work/$kind.$name.p99"
    echo "$kind, $name: $(tail -n 1 "$work/$kind.$name.cpu") µs CPU a request at $(value rate) a second" >&2
}

# run NAME COMMAND…: load on NAME; what it reports is in the file load. Errors end the benchmark.
run() {
    local name=$1
    shift
    "$@" >"$work/load" && return
    explain "$name" "$*" >&2
    exit 1
}

# explain NAME COMMAND: what there is to know of a run that failed.
explain() {
    echo "$1 failed at: $2"
    cat "$work/load"
    echo "the end of what the programs said:"
    tail -n 20 "$work/output"
    [ -f "$work/$1.jsonl" ] || return 0
    echo "the last answers that were not 200:"
    grep -av '"status":200' "$work/$1.jsonl" | tail -n 5
}

# start_scraper NAME: by one process over one connection, until it is stopped; its process id is in $scraper.
start_scraper() {
    [ -n "${ops_port[$1]:-}" ] || return 0
    taskset -c "$load_cpus" curl -s -f --rate 1/s "http://127.0.0.1:${ops_port[$1]}/metrics?[1-100000]" >/dev/null &
    scraper=$!
    started+=("$scraper")
}

# check_log NAME REQUESTS: a proxy that writes no line for a request has less to do, so none may be missing. Lines may
# be in a buffer for a second.
check_log() {
    local lines try
    for try in $(seq 25); do
        lines=$(wc -l <"$work/$1.jsonl")
        [ "$lines" -lt "$2" ] || return 0
        sleep 0.2
    done
    echo "$1: $lines log lines of $2 requests" >&2
    exit 1
}

# ratios KIND NAME OTHER: CPU time to OTHER's, round by round.
ratios() { paste "$work/$1.$2.cpu" "$work/$1.$3.cpu" | awk '{ printf "%.4f\n", $1 / $2 }'; }

# cpu_row KIND NAME GOAL: one line of a table of CPU times.
cpu_row() {
    local to_nginx=""
    [ -f "$work/$1.$2.cpu" ] || return 0
    [ "$2" = nginx ] || to_nginx=$(ratios "$1" "$2" nginx | summary '%.2f')
    echo "| $2 | $(summary '%.1f' <"$work/$1.$2.cpu") | $to_nginx | $3 | $(summary '%.0f' <"$work/$1.$2.rate") |"
}

# cpu_rows KIND TEXT GOAL: the proxies, and what the upstream gives without one.
cpu_rows() {
    local name goal="$3"
    echo "| **$2** | | | | |"
    for name in gateway nginx haproxy caddy; do
        cpu_row "$1" "$name" "$goal"
        goal=""
    done
    [ ! -f "$work/$1.direct.rate" ] || awk '{ printf "| no proxy | – | | | %.0f |\n", $1 }' "$work/$1.direct.rate"
}

# cpu_heading WHAT: of that table.
cpu_heading() {
    echo
    echo "| $1 | CPU µs a request | to nginx, round by round | goal | requests a second |"
    echo "|---|---|---|---|---|"
}

# preface TEXT…: the line above a table.
preface() {
    echo
    echo "$about. $*"
}
