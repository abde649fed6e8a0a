import Dispatch
import GatewayMetrics
import TestSupport
import Testing

@testable import Gateway

@Suite("Series of cells and upstreams that come and go")
struct SeriesLeaseTests {
    private static let request = "GET /api/v1/erp/x HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\n\r\n"

    private static func check(_ path: String) -> HealthCheck {
        HealthCheck(
            path: path, intervalNanos: 60_000_000_000, timeoutNanos: 1_000_000_000, unhealthyAfter: 1, healthyAfter: 1)
    }

    private static func label(_ port: Int) -> String { "cell=\"erp\",upstream=\"127.0.0.1:\(port)\"" }

    @Test("other health settings neither leave connections behind nor lose counts")
    func healthSettings() throws {
        let upstream = try ScriptedUpstream.echo()
        let plane = try PlaneFixture(upstreams: [upstream.port])
        let idle = "gateway_upstream_connections{\(Self.label(upstream.port)),state=\"idle\"}"
        let requests = "gateway_upstream_requests_total{\(Self.label(upstream.port)),outcome=\"success\"}"
        let client = try plane.client()
        for round in 1...3 {
            client.send(Self.request)
            #expect(client.response()?.status == 200)
            #expect(plane.metric(idle, becomes: 1))
            #expect(plane.metric(requests, becomes: Double(round)))
            plane.apply([PlaneFixture.cell("erp", [upstream.port], health: Self.check("/\(round)"))])
            #expect(plane.metric(idle, becomes: 0))
        }
        plane.stop()
    }

    @Test("an upstream's and a cell's series stay until the last request has ended, and go then")
    func draining() throws {
        let asked = DispatchSemaphore(value: 0)
        let goOn = DispatchSemaphore(value: 0)
        let slow = try ScriptedUpstream { peer, _ in
            guard peer.head() != nil else { return }
            asked.signal()
            goOn.wait()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            _ = peer.head()
        }
        let plane = try PlaneFixture(cells: [PlaneFixture.cell("erp", [slow.port])], loops: 2)
        let active = "gateway_upstream_connections{\(Self.label(slow.port)),state=\"active\"}"
        let client = try plane.client()
        client.send(Self.request)
        asked.wait()
        #expect(plane.metric(active, becomes: 1))
        plane.apply([])
        #expect(plane.metric(active) == 1)
        #expect(plane.metric("gateway_requests_in_flight{cell=\"erp\"}") == 1)
        #expect(plane.metric("gateway_upstream_healthy{\(Self.label(slow.port))}") == nil)
        goOn.signal()
        #expect(client.response()?.text == "ok")
        #expect(eventually { !plane.openMetrics().contains("127.0.0.1:\(slow.port)") })
        for family in ["gateway_overhead_seconds", "gateway_requests_in_flight", "gateway_retries_total"] {
            #expect(eventually { !plane.openMetrics().contains("\(family){cell=\"erp\"") }, "\(family)")
        }
        plane.stop()
    }

    @Test("what is applied and at once replaced leaves nothing, however the event loops take turns")
    func churn() throws {
        let upstream = try ScriptedUpstream.echo()
        let plane = try PlaneFixture(cells: [], loops: 2)
        // Removed series rest for a while before their room is used again; not more of them than that allows.
        for round in 0..<600 {
            var cells = [PlaneFixture.cell("erp", [1_024 + round])]
            if round.isMultiple(of: 10) { cells.append(PlaneFixture.cell("c\(round)", [])) }
            plane.plane.apply(cells: cells)
        }
        plane.apply([PlaneFixture.cell("erp", [upstream.port])])
        let client = try plane.client()
        client.send(Self.request)
        #expect(client.response()?.status == 200)
        let requests = "gateway_upstream_requests_total{\(Self.label(upstream.port)),outcome=\"success\"}"
        #expect(plane.metric(requests, becomes: 1))
        #expect(plane.metric("gateway_overhead_seconds_count{cell=\"erp\"}", becomes: 1))
        // Eight outcomes, two states, health, ejections, and nothing of all the others.
        #expect(eventually { plane.openMetrics().components("upstream=\"").count - 1 == 12 })
        #expect(!plane.openMetrics().contains("cell=\"c") && !plane.openMetrics().contains("cell=\"_other\""))
        plane.stop()
    }
}
