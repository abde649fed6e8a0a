#!/usr/bin/env bash
# The metrics library beside client_golang and Python's prometheus_client: instruments, lookups, creation, scrapes, the
# parser; then the gateway's p99 with and without a scrape of 100,000 series a second. Runs are interleaved.
# METRICS_ROUNDS (5) changes how often the programs run; PAIRS (60) and SECONDS_EACH (2) the gateway's part;
# METRICS_PARTS=library or =gateway measures only that part. The parser reads METRICS_SAMPLE, by default the page of the
# conformance folder where that is present, else one made for the purpose.
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/common.sh

rounds=${METRICS_ROUNDS:-5}
parts=${METRICS_PARTS:-library gateway}
sample=${METRICS_SAMPLE:-${CONFORMANCE_DIR:-../shared/conformance}/openmetrics/textparse_alltypes.237mfs.prom.txt}

make_work_folder 500

library_part() {
    local about round count
    swift build -c release --package-path Benchmarks/MetricsBench
    local ours
    ours=$(swift build -c release --package-path Benchmarks/MetricsBench --show-bin-path)/MetricsBench
    GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$work/go" \
        go build -o "$work/go-bench" Benchmarks/peers-metrics/bench.go
    python3 Benchmarks/peers-metrics/sample.py >"$work/sample.txt"
    [ -f "$sample" ] || sample=$work/sample.txt
    about=$(machine)
    for round in $(seq "$rounds"); do
        echo "round $round of $rounds" >&2
        "$ours" >>"$work/ours.tsv"
        for count in 10000 100000 1000000; do "$ours" create $count >>"$work/ours.tsv"; done
        "$ours" parse "$sample" >>"$work/ours.tsv"
        "$work/go-bench" >>"$work/go.tsv"
        [ "$round" != 1 ] || /usr/bin/python3 Benchmarks/peers-metrics/bench.py >>"$work/python.tsv"
    done
    {
        echo
        echo "$about. $(go version | cut -d' ' -f3), client_golang" \
            "$(dpkg-query -W -f='${Version}' golang-github-prometheus-client-golang-dev), prometheus_client" \
            "$(dpkg-query -W -f='${Version}' python3-prometheus-client); of $rounds interleaved runs (Python: one) the best (median)." \
            "Parsed: $(basename "$sample"), $(wc -c <"$sample") bytes."
        echo
        python3 Benchmarks/peers-metrics/table.py "$work/ours.tsv" "$work/go.tsv" "$work/python.tsv"
        echo
    } | write_table metrics
}

for part in $parts; do
    case $part in
    library) library_part ;;
    gateway) . Benchmarks/metrics-gateway.sh ;;
    *) echo "no such part: $part (library, gateway)" >&2; exit 2 ;;
    esac
done
