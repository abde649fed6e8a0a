#!/usr/bin/env bash
# The PromQL engine beside Prometheus 2.42 and VictoriaMetrics: range queries over a day, and the list of Prometheus's own
# benchmark on a tenth of its data. All three hold the same samples; CPU time, of which an empty query's is subtracted.
# QUERY_ROUNDS (3) changes how often each query's batch runs; QUERY_SETS="day prometheus" which data;
# QUERY_DATA=DIR keeps and reuses what the peers loaded, which takes most of the time.
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/common.sh

rounds=${QUERY_ROUNDS:-3}
sets=${QUERY_SETS:-day prometheus}
make_work_folder 8000
data=${QUERY_DATA:-$work/data}
about=$(machine)

if [ -z "${PROMQL_BENCH:-}" ]; then
    swift build -c release --package-path Benchmarks/PromQLBench -Xswiftc -enforce-exclusivity=unchecked
    PROMQL_BENCH=$(swift build -c release --package-path Benchmarks/PromQLBench --show-bin-path)/PromQLBench
fi

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# serve_prometheus SET: with the set's blocks; its process id is in $pid, its address in $url.
serve_prometheus() {
    local blocks=$data/$1-prometheus
    if [ ! -d "$blocks" ]; then
        "$PROMQL_BENCH" openmetrics "$1" >"$work/openmetrics"
        promtool tsdb create-blocks-from openmetrics --max-block-duration=54h -q "$work/openmetrics" "$blocks.new"
        rm "$work/openmetrics"
        mv "$blocks.new" "$blocks"
    fi
    echo >"$work/prometheus.yml"
    local port
    port=$(free_port)
    url=http://127.0.0.1:$port
    start 0-1 prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$blocks" --log.level=error \
        --storage.tsdb.retention.time=100y --web.listen-address="127.0.0.1:$port" --query.max-samples=200000000
    wait_for "$url/-/ready"
}

# serve_victoria SET: as above.
serve_victoria() {
    local folder=$data/$1-victoria port is_new=0
    [ -d "$folder" ] || is_new=1
    port=$(free_port)
    url=http://127.0.0.1:$port
    start 0-1 victoria-metrics -storageDataPath="$folder" -retentionPeriod=100y -httpListenAddr="127.0.0.1:$port" \
        -search.disableCache -loggerLevel=ERROR -search.maxUniqueTimeseries=1000000
    wait_for "$url/health"
    if [ $is_new = 1 ]; then
        "$PROMQL_BENCH" text "$1" | curl -sf -T - "$url/api/v1/import/prometheus"
        curl -sf -o /dev/null "$url/internal/force_flush"
        sleep 5
    fi
}

mkdir -p "$data"
for set in $sets; do
    "$PROMQL_BENCH" queries "$set" >"$work/$set.queries"
    serve_prometheus "$set"
    python3 Benchmarks/peers-rules/query.py "$pid" "$url" older "$rounds" <"$work/$set.queries" >"$work/$set.prometheus"
    stop "$pid"
    serve_victoria "$set"
    python3 Benchmarks/peers-rules/query.py "$pid" "$url" newer "$rounds" <"$work/$set.queries" >"$work/$set.victoria"
    stop "$pid"
    "$PROMQL_BENCH" run "$set" "$((rounds * 3))" >"$work/$set.ours"
done
{
    echo
    echo "$about. Prometheus 2.42, VictoriaMetrics 1.79.5 (their results leave as JSON; ours with JSON in its own column);" \
        "of $rounds batches the best (median)."
    for set in $sets; do
        echo
        python3 Benchmarks/peers-rules/query_table.py "$set" "$work/$set.ours" "$work/$set.prometheus" "$work/$set.victoria"
    done
    echo
} | write_table rules-query
