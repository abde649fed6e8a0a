import Foundation
import TestSupport
import Testing

@Suite(
    "The real Prometheus scrapes the gateway and the log-shipper",
    .enabled(if: Tool.path(of: "prometheus") != nil && Tool.path(of: "promtool") != nil, "prometheus isn't installed"))
struct PrometheusTests {
    /// Expressions over short windows, since the test scrapes for seconds only.
    static let expressions = [
        "gateway_requests_total",
        "sum by (tenant, code) (rate(gateway_requests_total[4s]))",
        "increase(gateway_request_duration_seconds_count[5s])",
        "histogram_quantile(0.9, sum by (le) (rate(gateway_request_duration_seconds_bucket[5s])))",
        "sum(rate(gateway_requests_total{code=~\"5..\"}[5s])) / sum(rate(gateway_requests_total[5s]))",
        "sum without (instance, job) (gateway_requests_total offset 2s)",
        "max_over_time(gateway_requests_in_flight[4s]) >= bool 1",
        "topk(2, sum by (tenant) (gateway_requests_total))",
        "max_over_time(sum by (tenant) (rate(gateway_requests_total[2s]))[4s:500ms])",
        "sum by (tenant) (gateway_requests_total) - on (tenant) group_left sum by (tenant) (shipper_acked_lines_total)",
        "gateway_request_duration_seconds_sum / gateway_request_duration_seconds_count > 0",
        "absent(gateway_requests_total{tenant=\"nobody\"}) or up",
        "quantile_over_time(0.5, process_resident_memory_bytes[5s])",
        "count by (job) (up == 1) and on () vector(1)",
    ]

    @Test(
        "all targets are up, the pages pass promtool, and both engines give the same answers", .timeLimit(.minutes(20)))
    func scrape() throws {
        let cell = try HTTPStub { .status($0.target.hasSuffix("7") ? 503 : 200, body: Array("hello".utf8)) }
        let gateway = try GatewayProcess(GatewayProcess.cells(["erp": cell.port, "crm": cell.port]))
        let receiver = try LogReceiver()
        let shipper = try ShipperProcess(paths: [gateway.accessLogFile], url: receiver.url)
        let others = try (0..<6).map { _ in try HTTPStub { _ in .status(200, body: Array("stub_info 1\n".utf8)) } }
        let prometheus = try PrometheusProcess(
            configuration([gateway.opsPort, shipper.opsPort] + others.map(\.port)),
            rules: ["alerts.example.yaml": try shipped("alerts.example.yaml")])
        let port = gateway.port
        let traffic = BackgroundLoop { round in
            // Different shares, so that the busiest two are always the same ones.
            let headers = [("X-Tenant-Id", "tenant-\([0, 0, 0, 1, 1, 2][round % 6])")]
            _ = try? request(
                "GET", "/api/v1/\(round % 2 == 0 ? "erp" : "crm")/\(round % 10)", port: port, headers: headers)
            usleep(5_000)
        }
        defer { traffic.stop() }
        try expectTargetsUp(prometheus)
        try expectClean(gateway.metrics().text, "gateway")
        try expectClean(shipper.metrics().text, "log-shipper")
        #expect(eventually { samples(prometheus) >= 28 })
        let end = floor(Date().timeIntervalSince1970 * 10) / 10 - 1
        try compare(prometheus, at: end)
        traffic.stop()
    }

    @Test("the shipped example configuration and rules pass promtool")
    func shippedFiles() throws {
        let folder = "\(Places.packageRoot)/deploy/monitoring"
        for (command, file) in [("config", "prometheus.example.yml"), ("rules", "alerts.example.yaml")] {
            let outcome = try promtool(["check", command, "\(folder)/\(file)"])
            #expect(outcome.status == 0, "\(outcome.output)\(outcome.error)")
        }
    }

    /// The shipped example with a short interval and, for each of its targets in turn, one of these ports.
    private func configuration(_ ports: [Int]) throws -> String {
        var text = try shipped("prometheus.example.yml")
        text = text.replacing(/scrape_interval: 15s/, with: "scrape_interval: 250ms")
        text = text.replacing(/scrape_timeout: 10s/, with: "scrape_timeout: 250ms")
        let examples = [9_464, 9_465, 9_470, 9_090, 9_093, 9_001, 9_002, 9_011]
        for (example, port) in zip(examples, ports) {
            #expect(text.contains("\"127.0.0.1:\(example)\""))
            text = text.replacing("\"127.0.0.1:\(example)\"", with: "\"localhost:\(port)\"")
        }
        return text.replacing("localhost:", with: "127.0.0.1:")
    }

    private func shipped(_ name: String) throws -> String {
        try String(contentsOfFile: "\(Places.packageRoot)/deploy/monitoring/\(name)", encoding: .utf8)
    }

    private func samples(_ prometheus: PrometheusProcess) -> Int {
        let data = try? prometheus.query("up{job=\"gateway\"}[10m]", at: Date().timeIntervalSince1970)
        return data?.result.first?.points.count ?? 0
    }

    private func expectTargetsUp(_ prometheus: PrometheusProcess) throws {
        var targets = try prometheus.targets()
        let areUp = try eventually {
            targets = try prometheus.targets()
            return targets.count == 8 && targets.allSatisfy { $0.health == "up" }
        }
        #expect(areUp, "\(targets)")
    }

    private func expectClean(_ page: String, _ program: String) throws {
        let folder = try TemporaryDirectory("metrics")
        let file = try folder.write(page, to: "page")
        let outcome = try ChildProcess.run(
            "/bin/sh", ["-c", "exec \"$0\" check metrics < \"$1\"", try #require(Tool.path(of: "promtool")), file])
        #expect(outcome.status == 0, "\(program): \(outcome.output)\(outcome.error)")
        #expect((outcome.output + outcome.error).isEmpty, "\(program): \(outcome.output)\(outcome.error)")
    }

    private func compare(_ prometheus: PrometheusProcess, at end: Double) throws {
        var recorded = RecordedSamples()
        let names = try prometheus.query("count by (__name__) ({job=~\".+\"})", at: end).result
        for name in names.compactMap({ $0.metric["__name__"] }) {
            recorded.add(try prometheus.query("\(name)[10m]", at: end))
        }
        #expect(recorded.sampleCount > 1_000)
        let folder = try TemporaryDirectory("samples")
        let file = try folder.write(recorded.openMetrics(), to: "samples.om")
        var empty: [String] = []
        for expression in Self.expressions {
            let theirs = try prometheus.query(expression, at: end)
            let ours = try query(file, expression, ["--time", "\(end)"])
            #expect(ours.difference(from: theirs) == nil, "\(expression)")
            if theirs.result.isEmpty { empty.append(expression) }
        }
        #expect(empty.count <= 1, "these compare nothing: \(empty)")
        for expression in [Self.expressions[1], Self.expressions[8]] {
            let theirs = try prometheus.query(expression, from: end - 3, through: end, step: 0.5)
            let ours = try query(
                file, expression, ["--start", "\(end - 3)", "--end", "\(end)", "--step", "500ms"])
            #expect(ours.difference(from: theirs) == nil, "\(expression), as a range")
            #expect(theirs.resultType == "matrix" && !theirs.result.isEmpty)
        }
    }

    private func query(_ file: String, _ expression: String, _ times: [String]) throws -> QueryData {
        let outcome = try Programs.run(
            "alert-rules", ["query", "--compat", "prometheus-2", "--input", file] + times + [expression])
        guard outcome.status == 0 else { throw Absent(what: "alert-rules query: \(outcome.error)") }
        return try JSONDecoder().decode(QueryData.self, from: Data(outcome.output.utf8))
    }

    private func promtool(_ arguments: [String]) throws -> (status: Int32?, output: String, error: String) {
        try ChildProcess.run(try #require(Tool.path(of: "promtool")), arguments)
    }
}
