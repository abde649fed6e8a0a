import Exposition
import Foundation
import GatewayMetrics
import TestSupport
import Testing

/// Prometheus's own tool as a judge of what we write.
@Suite("promtool")
struct PromtoolTests {
    @Test(
        "promtool check metrics has no complaint about awkward labels, histograms and process metrics",
        .enabled(if: Tool.path(of: "promtool") != nil, "promtool is not installed: apt-get install prometheus"))
    func checkMetrics() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 1)
        try ProcessCollector.register(in: registry)
        let counters = try registry.counter("t_requests_total", help: "Requests\n\"\\.", labels: ["tenant"], limit: 4)
        for value in ["a\"b\\c\nd", "", "é☃\u{0}", "{}=,#", "x", "y"] { counters.bind([value]).increment(by: 1 << 60) }
        let gauges = try registry.gauge("t_ratio", help: "A ratio.", labels: ["x"])
        for value in [0, -0.5, 1e-9, 1e300, .infinity, .nan, 5e-5] { gauges.bind(["\(value)"]).set(value) }
        try registry.histogram("t_latency_seconds", help: "Latency.", unit: "seconds").observe(0.3)
        let folder = try TemporaryDirectory("promtool")
        try Data(registry.render(.prometheusText004)).write(to: URL(fileURLWithPath: folder.file("metrics")))
        let promtool = try #require(Tool.path(of: "promtool"))
        let result = try ChildProcess.run(
            "/bin/sh", ["-c", "exec \"$0\" check metrics < \"$1\"", promtool, folder.file("metrics")])
        #expect(result.status == 0, "\(result.output)\(result.error)")
        #expect(result.output.isEmpty && result.error.isEmpty, "\(result.output)\(result.error)")
    }
}
