#!/usr/bin/env bash
# CPU time a GiB: the log-shipper on CPU 1 reads one file from its beginning and posts NDJSON, a batch a tenant, to
# nginx on CPU 0, which answers 204. With ISA-L, and with zlib; interleaved runs.
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/common.sh

rounds=${ROUNDS:-3}
mib=${MIB:-1024}
sink_port=18091 end_port=18092 ops_port=18093

make_work_folder $((mib * 3 + 500))
about=$(machine)

# The first server reads a whole body before it passes it on; the second one ends it.
sink_conf() {
    cat <<END
daemon off;
user root;
worker_processes 1;
pid $work/sink.pid;
error_log $work/sink.error crit;
events { worker_connections 1024; }
http {
    log_format length '\$request_length';
    client_max_body_size 0;
    client_body_buffer_size 4m;
    keepalive_requests 1000000000;
    server {
        listen 127.0.0.1:$sink_port;
        access_log $work/sink.lengths length;
        location / { proxy_pass http://127.0.0.1:$end_port; proxy_http_version 1.1; }
    }
    server {
        listen 127.0.0.1:$end_port;
        access_log off;
        location / { return 204; }
    }
}
END
}

shipper_conf() {
    cat <<END
state_dir: "$work/state"
ops: { listen: "127.0.0.1:$ops_port" }
inputs: [{ paths: ["$1"], tenant_field: tenant, start_at: beginning }]
outputs:
  - name: sink
    type: ndjson
    url: "http://127.0.0.1:$sink_port/logs"
    batch: { max_bytes: 1MiB, max_age: 1s }
    compression: gzip
END
}

# An empty file of the library's name, found first, keeps the shipper from loading ISA-L.
no_isal() {
    mkdir -p "$work/no-isal"
    : >"$work/no-isal/libisal.so.2"
}

acked_lines() {
    curl -s "http://127.0.0.1:$ops_port/metrics" \
        | awk '/^shipper_acked_lines_total[{ ]/ { total += $NF } END { printf "%d", total }'
}

# measure NAME INPUT [VARIABLE=VALUE]: one run from an empty state to the last acknowledgement.
measure() {
    local name=$1 input=$2 lines bytes deadline
    shift 2
    lines=$(wc -l <"$input")
    bytes=$(wc -c <"$input")
    rm -rf "$work/state"
    : >"$work/sink.lengths"
    shipper_conf "$input" >"$work/shipper.yaml"
    start 1 env "$@" "$scratch/release/log-shipper" run --config "$work/shipper.yaml"
    local shipper=$pid
    wait_for "http://127.0.0.1:$ops_port/livez"
    deadline=$((SECONDS + 600))
    until [ "$(acked_lines)" -ge "$lines" ]; do
        [ $SECONDS -lt $deadline ] || { echo "only $(acked_lines) of $lines lines after 600 s" >&2; exit 1; }
        sleep 0.2
    done
    cpu_micros "$shipper" | awk -v b="$bytes" '{ printf "%.3f\n", $1 / 1e6 / (b / 1073741824) }' >>"$work/$name.cpu"
    awk '/^VmHWM/ { printf "%.1f\n", $2 / 1024 }' "/proc/$shipper/status" >>"$work/$name.rss"
    stop "$shipper"
    awk -v b="$bytes" '{ sent += $1 } END { printf "%.2f\n", b / sent }' "$work/sink.lengths" >>"$work/$name.ratio"
    echo "$name: $(tail -n 1 "$work/$name.cpu") CPU s a GiB, $(tail -n 1 "$work/$name.ratio")× smaller" >&2
}

# inputs: one made here, and the project's shared one where it is beside the checkout.
names=(own)
echo "making $mib MiB of log lines" >&2
awk -v BYTES=$((mib * 1048576)) -v SEED=1 -f Benchmarks/logs.awk >"$work/own.jsonl"
if [ -f ../shared/bench/gen_logs.py ] && command -v python3 >/dev/null; then
    names+=(shared)
    python3 ../shared/bench/gen_logs.py "$work/shared.jsonl" $((mib * 1048576)) 1
fi
no_isal
sink_conf >"$work/sink.conf"
start 0 "$(PATH=$PATH:/usr/sbin command -v nginx)" -p "$work" -c "$work/sink.conf"
wait_for "http://127.0.0.1:$sink_port/"

for _ in $(seq "$rounds"); do
    for name in "${names[@]}"; do
        measure "$name-isal" "$work/$name.jsonl"
        measure "$name-zlib" "$work/$name.jsonl" LD_LIBRARY_PATH="$work/no-isal"
    done
done

row() {
    echo "| $2 | $3 | $(summary '%.2f' <"$work/$1.cpu") | $(summary '%.2f' <"$work/$1.ratio")" \
        "| $(summary '%.0f' <"$work/$1.rss") |"
}
{
    echo
    echo "$about. $mib MiB a run, $rounds interleaved runs; median (least–most)."
    echo
    echo "| input | gzip by | CPU s a GiB | times smaller | peak RSS, MiB |"
    echo "|---|---|---|---|---|"
    row own-isal "the gateway's log lines" "ISA-L 1"
    row own-zlib "the gateway's log lines" "zlib 1"
    if [ ${#names[@]} -gt 1 ]; then
        row shared-isal "lines of another schema, 200 tenants" "ISA-L 1"
        row shared-zlib "lines of another schema, 200 tenants" "zlib 1"
    fi
    echo
} | write_table shipper
