import Foundation
import TestSupport
import Testing

@Suite(
    "The real Alertmanager hears of the gateway's alerts",
    .enabled(if: Tool.path(of: "prometheus-alertmanager") != nil, "prometheus-alertmanager isn't installed"))
struct AlertmanagerTests {
    /// What Alertmanager posts to a webhook.
    private struct Notification: Decodable {
        struct Alert: Decodable {
            var status: String
            var labels: [String: String]
            var annotations: [String: String]
        }
        var alerts: [Alert]
    }

    private static let rules = """
        groups:
          - name: test
            interval: 200ms
            rules:
              - alert: CellDown
                expr: gateway_upstream_healthy{cell="erp"} == 0
                for: 400ms
                labels: { severity: page }
                annotations: { summary: "{{ $labels.cell }} is down" }

        """

    @Test("a firing alert arrives, and later that it is resolved", .timeLimit(.minutes(20)))
    func firingAndResolved() throws {
        let folder = try TemporaryDirectory("alerts")
        let hook = try HTTPStub { _ in .status(200) }
        let alertmanager = try alertmanager(folder, hook: "\(hook.url)/hook")
        let rules = try folder.write(Self.rules, to: "rules.yaml")
        let cellPort = try Loopback.freePort()
        let gateway = try GatewayProcess(
            """
            rules: { files: ["\(rules)"], interval: 200ms, alertmanagers: ["http://127.0.0.1:\(alertmanager.port)"] }
            cells:
              - name: erp
                upstreams: ["http://127.0.0.1:\(cellPort)"]
                health: { path: /health, interval: 100ms, unhealthy_after: 1, healthy_after: 1 }
            """)
        #expect(eventually(within: 40) { notified(hook, "firing") })
        #expect(try request("GET", "/api/v2/alerts", port: alertmanager.port).text.contains("\"CellDown\""))
        #expect(try request("GET", "/api/alerts", port: gateway.opsPort).text.contains("\"firing\""))
        let cell = try HTTPStub(port: cellPort) { _ in .status(200) }
        #expect(eventually(within: 40) { notified(hook, "resolved") })
        let first = try #require(notifications(hook).first?.alerts.first)
        #expect(first.labels["severity"] == "page" && first.labels["cell"] == "erp")
        #expect(first.annotations["summary"] == "erp is down")
        cell.stop()
    }

    private func alertmanager(
        _ folder: TemporaryDirectory, hook: String
    ) throws -> (child: ChildProcess, port: Int) {
        let program = try #require(Tool.path(of: "prometheus-alertmanager"))
        let configuration = try folder.write(
            """
            route: { receiver: hook, group_wait: 100ms, group_interval: 500ms, repeat_interval: 1h }
            receivers: [{ name: hook, webhook_configs: [{ url: "\(hook)", send_resolved: true }] }]

            """, to: "alertmanager.yml")
        let served = try Programs.serve(ports: 1) { ports in
            try ChildProcess(
                program,
                [
                    "--config.file=\(configuration)", "--storage.path=\(folder.file("data"))",
                    "--web.listen-address=127.0.0.1:\(ports[0])", "--cluster.listen-address=",
                ], directory: folder.path)
        } isReady: { ports in
            Programs.answers("/-/ready", port: ports[0])
        }
        return (served.child, served.ports[0])
    }

    private func notifications(_ hook: HTTPStub) -> [Notification] {
        hook.requests.compactMap { try? JSONDecoder().decode(Notification.self, from: Data($0.body)) }
    }

    private func notified(_ hook: HTTPStub, _ status: String) -> Bool {
        notifications(hook).contains { notification in
            notification.alerts.contains { $0.status == status && $0.labels["alertname"] == "CellDown" }
        }
    }
}
