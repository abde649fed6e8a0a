import Foundation
import TestSupport
import Testing

@Suite(
    "The real Prometheus ingests native histograms",
    .enabled(if: Tool.path(of: "prometheus") != nil, "prometheus isn't installed"))
struct NativeHistogramTests {
    static let expressions = [
        "histogram_count(gateway_request_duration_seconds)",
        "histogram_sum(gateway_request_duration_seconds)",
        "histogram_quantile(0, gateway_request_duration_seconds)",
        "histogram_quantile(0.1, gateway_request_duration_seconds)",
        "histogram_quantile(0.5, gateway_request_duration_seconds)",
        "histogram_quantile(0.9, gateway_request_duration_seconds)",
        "histogram_quantile(0.99, gateway_request_duration_seconds)",
        "histogram_quantile(1, gateway_request_duration_seconds)",
        "histogram_quantile(0.9, sum(gateway_request_duration_seconds))",
        "histogram_quantile(0.75, sum by (cell) (gateway_request_duration_seconds))",
        "histogram_fraction(0, 0.002, gateway_request_duration_seconds)",
        "histogram_sum(sum(gateway_request_duration_seconds)) / histogram_count(sum(gateway_request_duration_seconds))",
        "histogram_quantile(0.9, gateway_event_loop_lag_seconds)",
    ]

    @Test("over protobuf, and answers quantiles as alert-rules does", .timeLimit(.minutes(20)))
    func protobuf() throws {
        let cell = try HTTPStub { request in
            if request.target.hasSuffix("7") { usleep(20_000) }
            return .status(200, body: Array("hello".utf8))
        }
        let gateway = try GatewayProcess(GatewayProcess.cells(["erp": cell.port, "crm": cell.port]))
        for round in 0..<300 {
            let headers = [("X-Tenant-Id", "tenant-\(round % 3)")]
            _ = try gateway.send("GET", "/api/v1/\(round % 2 == 0 ? "erp" : "crm")/\(round % 10)", headers: headers)
        }
        let prometheus = try PrometheusProcess(
            """
            scrape_configs:
              - job_name: gateway
                scrape_interval: 250ms
                scrape_timeout: 250ms
                static_configs: [{ targets: ["127.0.0.1:\(gateway.opsPort)"] }]
            """, features: ["native-histograms"])
        let count = "histogram_count(sum(gateway_request_duration_seconds))"
        #expect(
            try eventually {
                let answer = try prometheus.query(count, at: Date().timeIntervalSince1970)
                return answer.result.first?.points.first?.value == 300
            })
        let now = Date().timeIntervalSince1970
        // Nothing but the scrapes themselves changes any more; the lag of the loops may.
        let accept = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
        let page = try request("GET", "/metrics", port: gateway.opsPort, headers: [("Accept", accept)])
        let folder = try TemporaryDirectory("native")
        let file = folder.file("page.pb")
        try Data(page.body).write(to: URL(fileURLWithPath: file))
        for expression in Self.expressions where !expression.contains("lag") {
            let theirs = try prometheus.query(expression, at: now)
            let ours = try query(file, expression, at: now)
            #expect(!theirs.result.isEmpty, "\(expression)")
            #expect(ours.difference(from: theirs, ignoring: ["job", "instance"]) == nil, "\(expression)")
        }
    }

    private func query(_ file: String, _ expression: String, at time: Double) throws -> QueryData {
        let outcome = try Programs.run(
            "alert-rules",
            ["query", "--compat", "prometheus-2", "--input", file, "--time", "\(time)", expression])
        guard outcome.status == 0 else { throw Absent(what: "alert-rules query: \(outcome.error)") }
        return try JSONDecoder().decode(QueryData.self, from: Data(outcome.output.utf8))
    }
}
