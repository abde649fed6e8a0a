#!/usr/bin/env bash
# Builds the application, starts it on a free port, sends requests and checks what a scraper gets.
set -euo pipefail
cd "$(dirname "$0")"

swift build
log=$(mktemp)
page=$(mktemp)
PORT=0 "$(swift build --show-bin-path)/HelloMetrics" >"$log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -f "$log" "$page"' EXIT

port=
for _ in $(seq 100); do
    port=$(sed -n 's/.*listening on 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$log" | head -n 1)
    [ -z "$port" ] || break
    kill -0 $server 2>/dev/null || { cat "$log" >&2; exit 1; }
    sleep 0.1
done
[ -n "$port" ] || { echo "the application does not say where it listens" >&2; cat "$log" >&2; exit 1; }
address=http://127.0.0.1:$port

for name in ada grace; do curl -fsS "$address/hello/$name" >/dev/null; done
curl -s -o /dev/null "$address/nowhere"

# expect FORMAT LINE…: each line stands in the page in this format.
expect() {
    local format=$1 line
    curl -fsS -H "Accept: $format" "$address/metrics" >"$page"
    shift
    for line in "$@"; do
        grep -qF -- "$line" "$page" || { echo "missing in $format: $line" >&2; cat "$page" >&2; exit 1; }
    done
}
route='http_request_method="GET",http_response_status_code="200",http_route="/hello/{name}"'
missing='http_request_method="GET",http_response_status_code="404",http_route="NotFound"'
expect 'text/plain;version=0.0.4' \
    "hb_requests_total{$route} 2" \
    "hb_requests_total{$missing} 1" \
    "http_server_request_duration_seconds_count{$route} 2" \
    'hb_request_errors_total{error_type="404",http_request_method="GET",http_route="NotFound"} 1' \
    '# HELP hb_requests_total Requests that were answered.' \
    'process_start_time_seconds '
expect 'application/openmetrics-text;version=1.0.0' '# TYPE hb_requests counter' "hb_requests_total{$route} 2" '# EOF'
type=$(curl -fsS -o "$page" -w '%{content_type}' \
    -H 'Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited' \
    "$address/metrics")
case $type in application/vnd.google.protobuf*) ;; *) echo "no protobuf but $type" >&2; exit 1 ;; esac
curl -fsS --compressed "$address/metrics?name%5B%5D=hb_requests_total" >"$page"
[ "$(grep -c '^# TYPE' "$page")" = 1 ] || { echo "name[] does not filter" >&2; cat "$page" >&2; exit 1; }
if command -v promtool >/dev/null; then
    curl -fsS "$address/metrics" | promtool check metrics
fi
echo "smoke test of HelloMetrics: fine"
