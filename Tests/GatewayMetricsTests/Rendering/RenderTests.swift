import Exposition
import GatewayMetrics
import Testing

@Suite("Rendering")
struct RenderTests {
    private func text(_ registry: MetricsRegistry, _ format: ExpositionFormat) -> String {
        String(decoding: registry.render(format), as: UTF8.self)
    }

    /// A registry with one family of each kind and values that need care.
    private func sample() throws -> MetricsRegistry {
        let registry = MetricsRegistry(prefix: "t", shards: 2)
        let requests = try registry.counter("requests_total", help: "Requests\nserved \\ \"all\".", labels: ["tenant"])
        requests.bind(["a\"b\\c\nd"]).increment(by: 1_234_567)
        requests.bind(["acme"]).increment(on: Shard(owned: 1))
        requests.bind(["acme"]).increment(by: 2, on: Shard(owned: 2))
        requests.bind(["acme"]).increment(by: 4)
        let gauge = try registry.gauge("temperature_celsius", help: "How warm.", unit: "celsius")
        gauge.set(1)
        let latency = try registry.histogram(
            "latency_seconds", help: "How long.", unit: "seconds", labels: ["cell"], buckets: [0.00001, 0.5, 1])
        let child = latency.bind(["erp"])
        child.observe(0.5)
        child.observe(nanos: 700_000_000, on: Shard(owned: 1))
        child.observe(7)
        return registry
    }

    @Test("text 0.0.4 is as Go's client writes it")
    func prometheusText() throws {
        let registry = try sample()
        #expect(
            text(registry, .prometheusText004) == #"""
                # HELP latency_seconds How long.
                # TYPE latency_seconds histogram
                latency_seconds_bucket{cell="erp",le="1e-05"} 0
                latency_seconds_bucket{cell="erp",le="0.5"} 1
                latency_seconds_bucket{cell="erp",le="1"} 2
                latency_seconds_bucket{cell="erp",le="+Inf"} 3
                latency_seconds_count{cell="erp"} 3
                latency_seconds_sum{cell="erp"} 8.2
                # HELP requests_total Requests\nserved \\ "all".
                # TYPE requests_total counter
                requests_total{tenant="a\"b\\c\nd"} 1234567
                requests_total{tenant="acme"} 7
                # HELP t_metrics_rejected_total Uses of metrics that were refused, by reason.
                # TYPE t_metrics_rejected_total counter
                t_metrics_rejected_total{reason="arity"} 0
                t_metrics_rejected_total{reason="label_value_too_long"} 0
                t_metrics_rejected_total{reason="intern_full"} 0
                t_metrics_rejected_total{reason="label"} 0
                t_metrics_rejected_total{reason="callback_arity"} 0
                t_metrics_rejected_total{reason="callback_duplicate"} 0
                t_metrics_rejected_total{reason="callback_limit"} 0
                t_metrics_rejected_total{reason="unknown_state"} 0
                t_metrics_rejected_total{reason="exemplar_too_long"} 0
                t_metrics_rejected_total{reason="declaration"} 0
                t_metrics_rejected_total{reason="bridge_full"} 0
                # HELP t_metrics_series Time series that this scrape holds.
                # TYPE t_metrics_series gauge
                t_metrics_series 21
                # HELP temperature_celsius How warm.
                # TYPE temperature_celsius gauge
                temperature_celsius 1

                """#)
    }

    @Test("OpenMetrics has canonical numbers, units, names without _total and an end")
    func openMetrics() throws {
        let lines = text(try sample(), .openMetrics100).split(separator: "\n")
        #expect(
            Array(lines.prefix(13)) == [
                "# TYPE latency_seconds histogram",
                "# UNIT latency_seconds seconds",
                "# HELP latency_seconds How long.",
                #"latency_seconds_bucket{cell="erp",le="1e-05"} 0"#,
                #"latency_seconds_bucket{cell="erp",le="0.5"} 1"#,
                #"latency_seconds_bucket{cell="erp",le="1.0"} 2"#,
                #"latency_seconds_bucket{cell="erp",le="+Inf"} 3"#,
                #"latency_seconds_count{cell="erp"} 3"#,
                #"latency_seconds_sum{cell="erp"} 8.2"#,
                "# TYPE requests counter",
                #"# HELP requests Requests\nserved \\ \"all\"."#,
                #"requests_total{tenant="a\"b\\c\nd"} 1234567"#,
                #"requests_total{tenant="acme"} 7"#,
            ])
        #expect(lines.contains("temperature_celsius 1.0"))
        #expect(lines.last == "# EOF")
    }
}
