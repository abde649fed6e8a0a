#!/usr/bin/env bash
# The log-shipper beside a bare C loop that does the least (shipper-bare.c), and beside syslog-ng's http() destination: CPU
# time a GiB, memory, memory with 50,000 tenants, the start with 10,000 files, and how late lines are. The program under test is
# on CPU 1; nginx on CPU 0 reads every body to its end and answers.
#
# PARTS chooses: gib tenants files late fair down. ROUNDS, MIB and SECONDS_EACH change the size.
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/common.sh

rounds=${ROUNDS:-3}
mib=${MIB:-1024}
seconds=${SECONDS_EACH:-30}
parts=${PARTS:-gib tenants files late fair down}
sink_port=18091 end_port=18092 ops_port=18093 hole_port=18094

make_work_folder $((mib * 2 + seconds * 100 + 500))
about=$(machine)

# The first server reads a whole body before it passes it on; the second one ends it, as the protocol wants it.
sink_conf() {
    cat <<END
daemon off;
user root;
worker_processes 1;
pid $work/sink.pid;
error_log $work/sink.error crit;
events { worker_connections 4096; }
http {
    log_format arrival '\$msec \$http_x_tenant_id \$request_length';
    client_max_body_size 0;
    client_body_buffer_size 4m;
    keepalive_requests 1000000000;
    server {
        listen 127.0.0.1:$sink_port;
        access_log $work/sink.arrivals arrival;
        location / {
            if (\$http_x_tenant_id = down) { return 503; }
            if (\$http_x_tenant_id = hung) { proxy_pass http://127.0.0.1:$hole_port; }
            proxy_pass http://127.0.0.1:$end_port;
            proxy_http_version 1.1;
        }
    }
    server {
        listen 127.0.0.1:$end_port;
        access_log off;
        location / { return 204; }
        location ~ /_bulk { default_type application/json; return 200 '{"errors":false}'; }
        location /v1/logs { default_type application/json; return 200 '{}'; }
    }
}
END
}

# shipper_conf PATTERN OUTPUT [SETTINGS]
shipper_conf() {
    cat <<END
state_dir: "$work/state"
ops: { listen: "127.0.0.1:$ops_port" }
inputs: [{ paths: ["$1"], tenant_field: tenant, start_at: beginning }]
outputs:
  - { name: sink, $2, compression: gzip }
${3:-}
END
}

ndjson="type: ndjson, url: \"http://127.0.0.1:$sink_port/logs\""

# An empty file of the library's name, found first, keeps the shipper from loading ISA-L.
no_isal() {
    mkdir -p "$work/no-isal"
    : >"$work/no-isal/libisal.so.2"
}

acked_lines() {
    curl -s "http://127.0.0.1:$ops_port/metrics" \
        | awk '/^shipper_acked_lines_total[{ ]/ { total += $NF } END { printf "%d", total }'
}

# start_shipper PATTERN OUTPUT SETTINGS [VARIABLE=VALUE…]: from an empty state; its process id is in $shipper.
start_shipper() {
    rm -rf "$work/state"
    : >"$work/sink.arrivals"
    shipper_conf "$1" "$2" "$3" >"$work/shipper.yaml"
    shift 3
    start 1 env "$@" "$scratch/release/log-shipper" run --config "$work/shipper.yaml"
    shipper=$pid
    wait_for "http://127.0.0.1:$ops_port/livez"
}

# wait_for_lines N
wait_for_lines() {
    local deadline=$((SECONDS + 600))
    until [ "$(acked_lines)" -ge "$1" ]; do
        [ $SECONDS -lt $deadline ] || { echo "only $(acked_lines) of $1 lines after 600 s" >&2; exit 1; }
        sleep 0.1
    done
}

peak_mib() { awk '/^VmHWM/ { printf "%.1f\n", $2 / 1024 }' "/proc/$1/status"; }
per_gib() { awk -v b="$2" -v u="$1" 'BEGIN { printf "%.3f\n", u / 1e6 / (b / 1073741824) }'; }

# measure NAME INPUT OUTPUT SETTINGS [VARIABLE=VALUE]: one run to the last acknowledgement.
measure() {
    local name=$1 input=$2 output=$3 settings=$4 lines bytes
    shift 4
    lines=$(wc -l <"$input")
    bytes=$(wc -c <"$input")
    start_shipper "$input" "$output" "$settings" "$@"
    wait_for_lines "$lines"
    per_gib "$(cpu_micros "$shipper")" "$bytes" >>"$work/$name.cpu"
    peak_mib "$shipper" >>"$work/$name.rss"
    stop "$shipper"
    awk -v b="$bytes" '{ sent += $3 } END { printf "%.2f\n", b / sent }' "$work/sink.arrivals" >>"$work/$name.ratio"
    echo "$name: $(tail -n 1 "$work/$name.cpu") CPU s a GiB, $(tail -n 1 "$work/$name.ratio")× smaller" >&2
}

# measure_bare NAME INPUT CODEC [MIB]
measure_bare() {
    : >"$work/sink.arrivals"
    /usr/bin/time -f "%U %S %M" -o "$work/bare.time" taskset -c 1 \
        "$work/bare" "$2" "http://127.0.0.1:$sink_port/logs" "${@:3}"
    awk -v b="$(wc -c <"$2")" '{ printf "%.3f\n", ($1 + $2) / (b / 1073741824) }' "$work/bare.time" >>"$work/$1.cpu"
    awk '{ printf "%.1f\n", $3 / 1024 }' "$work/bare.time" >>"$work/$1.rss"
    awk -v b="$(wc -c <"$2")" '{ sent += $3 } END { printf "%.2f\n", b / sent }' "$work/sink.arrivals" >>"$work/$1.ratio"
    echo "$1: $(tail -n 1 "$work/$1.cpu") CPU s a GiB" >&2
}

# measure_syslog_ng NAME INPUT: reads the file raw and posts batches without compression; it has none in this version.
measure_syslog_ng() {
    local lines arrived deadline=$((SECONDS + 300))
    command -v syslog-ng >/dev/null || return 0
    lines=$(wc -c <"$2")
    : >"$work/sink.arrivals"
    rm -rf "$work/syslog-ng"
    mkdir "$work/syslog-ng"
    cat >"$work/syslog-ng.conf" <<END
@version: 3.38
options { log-fifo-size(200000); stats-freq(0); };
source s { file("$2" flags(no-parse) follow-freq(0.1) log-fetch-limit(10000) log-iw-size(100000)); };
destination d { http(url("http://127.0.0.1:$sink_port/logs") method("POST") body("\${MESSAGE}") delimiter("\n")
    batch-bytes(1048576) batch-lines(100000) batch-timeout(1000) workers(1)); };
log { source(s); destination(d); flags(flow-control); };
END
    start 1 syslog-ng -F --no-caps -f "$work/syslog-ng.conf" -R "$work/syslog-ng/persist" -p "$work/syslog-ng/pid" \
        -c "$work/syslog-ng/control"
    local peer=$pid
    while :; do
        arrived=$(awk '{ sent += $3 } END { printf "%d", sent }' "$work/sink.arrivals")
        [ "$arrived" -lt "$lines" ] || break
        [ $SECONDS -lt $deadline ] || { echo "syslog-ng: only $arrived of $lines bytes" >&2; break; }
        sleep 0.2
    done
    per_gib "$(cpu_micros "$peer")" "$lines" >>"$work/$1.cpu"
    peak_mib "$peer" >>"$work/$1.rss"
    echo 1 >>"$work/$1.ratio"
    stop "$peer"
    echo "$1: $(tail -n 1 "$work/$1.cpu") CPU s a GiB" >&2
}

part_gib() {
    cc -O2 -o "$work/bare" Benchmarks/shipper-bare.c -lcurl -lisal -lz
    no_isal
    local input=$work/input.jsonl
    if [ -f ../shared/bench/gen_logs.py ]; then
        python3 ../shared/bench/gen_logs.py "$input" $((mib * 1048576)) 1
    else
        awk -v BYTES=$((mib * 1048576)) -v SEED=1 -f Benchmarks/logs.awk >"$input"
    fi
    for _ in $(seq "$rounds"); do
        measure_bare bare-isal "$input" isal
        measure ndjson-isal "$input" "$ndjson" ""
        measure_bare bare-12 "$input" isal 12
        measure ndjson-64 "$input" "$ndjson" "memory: 64MiB"
        measure_bare bare-zlib "$input" zlib
        measure ndjson-zlib "$input" "$ndjson" "" LD_LIBRARY_PATH="$work/no-isal"
        measure loki "$input" "type: loki, url: \"http://127.0.0.1:$sink_port/loki/api/v1/push\"" ""
        measure elasticsearch "$input" "type: elasticsearch, url: \"http://127.0.0.1:$sink_port\"" ""
        measure otlp "$input" "type: otlp, url: \"http://127.0.0.1:$sink_port/v1/logs\"" ""
        measure_syslog_ng syslog-ng "$input"
    done
    rm -f "$input"
    row() {
        [ -f "$work/$1.cpu" ] || return 0
        echo "| $2 | $3 | $(summary '%.2f' <"$work/$1.cpu") | $(summary '%.2f' <"$work/$1.ratio")" \
            "| $(summary '%.0f' <"$work/$1.rss") |"
    }
    ratio() { paste "$work/$1.cpu" "$work/$2.cpu" | awk '{ print $1 / $2 }' | summary '%.2f'; }
    echo
    echo "$mib MiB of log lines of 200 tenants, $rounds interleaved rounds; median (least–most)."
    echo
    echo "| what | goal, CPU s | CPU s a GiB | times smaller | peak RSS, MiB |"
    echo "|---|---|---|---|---|"
    row ndjson-isal "\`ndjson\`, gzip by ISA-L" "2.7"
    row bare-isal "the bare loop, ISA-L" ""
    row bare-12 "the bare loop that gathers no more than 12 MiB" ""
    row ndjson-64 "\`ndjson\` with \`memory: 64MiB\`" ""
    row ndjson-zlib "\`ndjson\`, gzip by zlib 1" "9"
    row bare-zlib "the bare loop, zlib 1" ""
    row loki "\`loki\`, JSON" "4.5"
    row elasticsearch "\`elasticsearch\`" "4.5"
    row otlp "\`otlp\`, $(grep -q 'encoding' docs/CONFIGURATION-shipper.md && echo 'default encoding' || echo JSON)" "6"
    row syslog-ng "syslog-ng, http() without compression" ""
    echo
    echo "Shipper to bare loop, round by round: **$(ratio ndjson-isal bare-isal)** with ISA-L," \
        "**$(ratio ndjson-zlib bare-zlib)** with zlib (goal 1.15); to the bare loop with 12 MiB" \
        "**$(ratio ndjson-isal bare-12)**, with \`memory: 64MiB\` to the bare loop without a bound" \
        "**$(ratio ndjson-64 bare-isal)**."
    for name in loki elasticsearch otlp; do
        echo "\`$name\` to the bare loop: **$(ratio "$name" bare-isal)**."
    done
}

part_tenants() {
    local input=$work/tenants.jsonl
    awk 'BEGIN { pad = sprintf("%200s", ""); gsub(/ /, "x", pad)
        for (round = 0; round < 4; round++) for (t = 0; t < 50000; t++)
            printf "{\"ts\":\"2026-01-02T03:04:05.%06dZ\",\"tenant\":\"tenant-%05d\",\"text\":\"%s\"}\n", t, t, pad }' >"$input"
    start_shipper "$input" "$ndjson" ""
    wait_for_lines 200000
    echo
    echo "50,000 tenants, four lines each: peak RSS **$(peak_mib "$shipper") MiB** (goal 160)," \
        "$(awk '$2 !~ /^-/ { n++ } END { print n }' "$work/sink.arrivals") requests."
    stop "$shipper"
    rm -f "$input"
}

part_files() {
    local began ended
    mkdir "$work/many"
    awk -v dir="$work/many" 'BEGIN { for (f = 0; f < 10000; f++) {
        file = sprintf("%s/%05d.jsonl", dir, f)
        for (n = 0; n < 5; n++) printf "{\"tenant\":\"t%d\",\"n\":%d}\n", f % 50, n >file
        close(file) } }'
    began=$(date +%s%N)
    start_shipper "$work/many/*.jsonl" "$ndjson" ""
    until [ -s "$work/sink.arrivals" ]; do sleep 0.01; done
    ended=$(date +%s%N)
    wait_for_lines 50000
    echo
    echo "A backlog of 10,000 files: the first request after **$(((ended - began) / 1000000)) ms** (goal 2,000), all lines" \
        "acknowledged after $((($(date +%s%N) - began) / 1000000)) ms," \
        "$(($(cpu_micros "$shipper") / 1000)) ms of CPU."
    stop "$shipper"
    rm -rf "$work/many"
}

# lateness FILE TENANTS: p50 and p99 in ms from writing to arrival, line by line; each line of a quiet tenant is a request.
lateness() {
    awk 'NR == FNR { count[$2]++; written[$2, count[$2]] = $1; next }
        { n = ++seen[$2]; if (($2, n) in written) printf "%.1f\n", ($1 - written[$2, n]) * 1000 }' "$1" "$work/sink.arrivals" \
        | sort -n | awk '{ v[NR] = $1 } END { printf "p50 %.0f ms, p99 %.0f ms of %d lines", v[int((NR + 1) / 2)], v[int(NR * 0.99 + 0.5)], NR }'
}

# thread_nanos PID: what its threads have run, which is finer than the ticks of /proc/PID/stat.
thread_nanos() { cat /proc/"$1"/task/*/schedstat | awk '{ total += $1 } END { printf "%d", total }'; }

# a_line_a_second PID FILE: percent of a core that a program takes while a line a second is written.
a_line_a_second() {
    local cpu began
    cpu=$(thread_nanos "$1") began=$(date +%s%N)
    for n in $(seq "$seconds"); do
        printf '{"tenant":"one","n":%d}\n' "$n" >>"$2"
        sleep 1
    done
    awk -v c="$(($(thread_nanos "$1") - cpu))" -v t="$(($(date +%s%N) - began))" 'BEGIN { printf "%.3f", 100 * c / t }'
}

part_late() {
    local late least
    mkdir -p "$work/one"
    : >"$work/one/one.jsonl"
    start_shipper "$work/one/one.jsonl" "$ndjson" ""
    sleep 2
    : >"$work/written"
    # So far apart that each line is a request.
    for n in $(seq "$seconds"); do
        printf '{"tenant":"one","n":%d}\n' "$n" >>"$work/one/one.jsonl"
        echo "$(date +%s.%N) one" >>"$work/written"
        sleep 1.5
    done
    sleep 2
    late=$(lateness "$work/written")
    cc -O2 -o "$work/idle" Benchmarks/shipper-idle.c -lcurl -lz
    mkdir -p "$work/least" "$work/noted"
    : >"$work/least/one.jsonl"
    start 1 "$work/idle" "$work/least/one.jsonl" "http://127.0.0.1:$sink_port/logs" "$work/noted"
    least=$pid
    sleep 1
    echo
    echo "A line a second with default settings: CPU **$(a_line_a_second "$shipper" "$work/one/one.jsonl") %** of a core (goal" \
        "0.1), where a C program that does no more than read, post and note the offset durably takes" \
        "$(a_line_a_second "$least" "$work/least/one.jsonl") %;" \
        "from write to arrival, a line every 1.5 s: **$late** (goal: p99 1,050 ms)."
    stop "$least"
    stop "$shipper"
}

# write_quietly FILE: 199 tenants that write a line every 2.5 seconds.
write_quietly() {
    local t now end=$((SECONDS + seconds))
    while [ $SECONDS -lt $end ]; do
        for t in $(seq 199); do printf '{"tenant":"quiet-%d","n":1}\n' "$t"; done >>"$1"
        now=$(date +%s.%N)
        for t in $(seq 199); do echo "$now quiet-$t"; done >>"$work/written"
        sleep 2.5
    done
}

part_fair() {
    : >"$work/busy.jsonl"
    : >"$work/quiet.jsonl"
    start_shipper "$work/*.jsonl" "$ndjson" ""
    : >"$work/written"
    # One tenant writes as much as the shipper takes, up to 100 MB a second; 199 others a line every 2.5 seconds.
    taskset -c 0 python3 - "$work/busy.jsonl" "$seconds" <<'END' &
import sys, time
line = b'{"ts":"2026-01-02T03:04:05.000000Z","tenant":"busy","text":"' + b"0123456789abcdef" * 18 + b'"}\n'
block = line * (4_000_000 // len(line))
with open(sys.argv[1], "ab", buffering=0) as f:
    written = 0
    start = time.time()
    while time.time() < start + float(sys.argv[2]):
        f.write(block)
        written += len(block)
        time.sleep(max(0, written / 100e6 - (time.time() - start)))
END
    write_quietly "$work/quiet.jsonl"
    wait $!
    sleep 3
    echo
    echo "199 quiet tenants beside one that writes 100 MB/s: **$(lateness "$work/written")** (goal: p99 2,000 ms)."
    stop "$shipper"
    rm -f "$work/busy.jsonl"
}

part_down() {
    : >"$work/ill.jsonl"
    : >"$work/well.jsonl"
    # Accepts connections, and that is all.
    start 0 python3 -c "import socket, time
s = socket.create_server(('127.0.0.1', $hole_port), backlog=64)
time.sleep(3600)"
    start_shipper "$work/*.jsonl" "$ndjson" ""
    : >"$work/written"
    # One tenant's requests are refused, another's never answered, and both write 5 MB/s; 199 others a line every 2.5 s.
    taskset -c 0 python3 - "$work/ill.jsonl" "$seconds" <<'END' &
import sys, time
pad = "0123456789abcdef" * 18
block = b"".join(b'{"tenant":"%s","text":"%s"}\n' % (t, pad.encode()) for t in (b"down", b"hung")) * 1600
with open(sys.argv[1], "ab", buffering=0) as f:
    end = time.time() + float(sys.argv[2])
    while time.time() < end:
        f.write(block)
        time.sleep(0.1)
END
    write_quietly "$work/well.jsonl"
    wait $!
    sleep 3
    echo
    echo "199 quiet tenants beside one that is refused and one that is never answered: **$(lateness "$work/written")**" \
        "(goal: p99 2,000 ms)."
    stop "$shipper"
    rm -f "$work/ill.jsonl"
}

sink_conf >"$work/sink.conf"
start 0 "$(nginx_path)" -p "$work" -c "$work/sink.conf"
wait_for "http://127.0.0.1:$sink_port/"
{
    echo
    echo "$about."
    for part in $parts; do "part_$part"; done
    echo
} >"$work/report"
write_table shipper <"$work/report"
