#!/usr/bin/env bash
# Data in: OpenMetrics text into the store, and blocks of Prometheus's TSDB, beside promtool, Prometheus and
# VictoriaMetrics. CPU time of the process (user and system), of which an empty input's is subtracted.
# MIB (1024) is the size of the text, PEER_MIB (64) that of the peers, because promtool reads the whole text once for
# every two hours of it; ROUNDS_DATA (3) how often each program runs; the best counts.
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/common.sh

mib=${MIB:-1024}
peer_mib=${PEER_MIB:-64}
rounds=${ROUNDS_DATA:-3}
make_work_folder $((mib * 3 + 3000))
about=$(machine)
ours=${ALERT_RULES:-}
if [ -z "$ours" ]; then
    swift build -c release --static-swift-stdlib --scratch-path "$scratch" --product alert-rules
    ours=$scratch/release/alert-rules
fi

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# failed COMMAND…: says why and ends.
failed() {
    echo "failed: $*" >&2
    tail -n 20 "$work/complaints" >&2
    exit 1
}

# best COMMAND…: "CPU seconds, peak KiB" of the fastest of the rounds.
best() {
    local round
    for round in $(seq "$rounds"); do
        /usr/bin/time -f '%U %S %M' -o "$work/time" "$@" >"$work/answer" 2>"$work/complaints" || failed "$@"
        awk '{ print $1 + $2, $3 }' "$work/time"
    done | sort -n | head -n 1
}

# less FIRST SECOND FORMAT: their difference.
less() { awk -v a="$1" -v b="$2" -v f="$3" 'BEGIN { printf f, a - b }'; }

printf 'up 1 1700000000000\n' >"$work/empty.prom"
read -r idle_cpu idle_kib < <(best "$ours" query --input "$work/empty.prom" 'count({__name__!=""})')

python3 Benchmarks/rules-data.py "$mib" "$work/data.om"
bytes=$(stat -c %s "$work/data.om")
samples=$(grep -vc '^#' "$work/data.om")
read -r text_cpu text_kib < <(best "$ours" query --input "$work/data.om" 'count({__name__!=""})')
gzip -1 -k "$work/data.om"
read -r gzip_cpu gzip_kib < <(best "$ours" query --input "$work/data.om.gz" 'count({__name__!=""})')
rm "$work/data.om.gz" "$work/data.om"

python3 Benchmarks/rules-data.py "$peer_mib" "$work/data.om"
peer_bytes=$(stat -c %s "$work/data.om")
peer_samples=$(grep -vc '^#' "$work/data.om")
# promtool writes blocks of it, once.
read -r promtool_cpu promtool_kib < <(
    rounds=1 best promtool tsdb create-blocks-from openmetrics -q "$work/data.om" "$work/promtool")
rm -rf "$work/promtool"

# VictoriaMetrics reads Prometheus text, so the times become milliseconds.
sed -i '/^#/d; s/$/000/' "$work/data.om"
port=$(free_port)
start 0-1 victoria-metrics -storageDataPath="$work/victoria" -retentionPeriod=100y \
    -httpListenAddr="127.0.0.1:$port" -loggerLevel=ERROR
wait_for "http://127.0.0.1:$port/health"
before=$(cpu_micros "$pid")
curl -sf -T "$work/data.om" "http://127.0.0.1:$port/api/v1/import/prometheus"
curl -sf -o /dev/null "http://127.0.0.1:$port/internal/force_flush"
sleep 3
victoria_cpu=$(awk -v a="$(cpu_micros "$pid")" -v b="$before" 'BEGIN { print (a - b) / 1e6 }')
victoria_kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status")
stop "$pid"
rm -rf "$work/victoria" "$work/data.om"

# Blocks: 1,000 series, a day at 15 s.
python3 Benchmarks/rules-data.py --series 1000 --steps 5760 "$work/day.om"
promtool tsdb create-blocks-from openmetrics --max-block-duration=48h -q "$work/day.om" "$work/blocks" >/dev/null
rm "$work/day.om"
mkdir -p "$work/blocks/wal"
scan='sum(count_over_time({__name__!=""}[2d]))'
last=1700086385
wall() {
    local round
    for round in $(seq "$rounds"); do
        /usr/bin/time -f '%e' -o "$work/time" "$@" >"$work/answer" 2>"$work/complaints" || failed "$@"
        cat "$work/time"
    done | sort -n | head -n 1
}
read -r block_cpu block_kib < <(best "$ours" query --input "$work/blocks" --time $last "$scan")
grep -q '"5760000"' "$work/answer"
block_wall=$(wall "$ours" query --input "$work/blocks" --time $last "$scan")
read -r dump_cpu dump_kib < <(rounds=1 best promtool tsdb dump "$work/blocks")
port=$(free_port)
echo >"$work/prometheus.yml"
start 0-1 prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/blocks" --log.level=error \
    --storage.tsdb.retention.time=100y --web.listen-address="127.0.0.1:$port"
wait_for "http://127.0.0.1:$port/-/ready"
before=$(cpu_micros "$pid")
curl -sf -G -o "$work/answer" --data-urlencode "query=$scan" "http://127.0.0.1:$port/api/v1/query?time=$last"
prometheus_cpu=$(awk -v a="$(cpu_micros "$pid")" -v b="$before" 'BEGIN { print (a - b) / 1e6 }')
prometheus_kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status")
stop "$pid"

# row WHAT CPU KIB BYTES SAMPLES
row() {
    awk -v what="$1" -v cpu="$2" -v kib="$3" -v bytes="$4" -v samples="$5" 'BEGIN {
        printf "| %s | %.0f | %.2f | %.0f | %.1f | %.0f |\n", what, bytes / 1048576, cpu, bytes / 1e6 / cpu,
            kib * 1024 / samples, kib / 1024
    }'
}
{
    echo
    echo "$about. $samples samples, for the peers $peer_samples; the best of $rounds (peers: of one)."
    echo
    echo '| text | MiB | CPU s | MB a CPU second | peak bytes a sample | peak MiB |'
    echo '|---|---|---|---|---|---|'
    row 'alert-rules, into the store' "$(less "$text_cpu" "$idle_cpu" %.4f)" $((text_kib - idle_kib)) "$bytes" "$samples"
    row 'alert-rules, packed with gzip' "$(less "$gzip_cpu" "$idle_cpu" %.4f)" $((gzip_kib - idle_kib)) "$bytes" "$samples"
    row 'promtool, into blocks' "$promtool_cpu" "$promtool_kib" "$peer_bytes" "$peer_samples"
    row 'VictoriaMetrics, import' "$victoria_cpu" "$victoria_kib" "$peer_bytes" "$peer_samples"
    echo
    echo '| blocks of 1,000 series, a day at 15 s: opened and scanned | CPU s | wall s | peak MiB |'
    echo '|---|---|---|---|'
    echo "| alert-rules query | $block_cpu | $block_wall | $((block_kib / 1024)) |"
    echo "| Prometheus, the same query, blocks open already | $prometheus_cpu | – | $((prometheus_kib / 1024)) |"
    echo "| promtool tsdb dump, samples as text | $dump_cpu | – | $((dump_kib / 1024)) |"
    echo
} | write_table rules-data
