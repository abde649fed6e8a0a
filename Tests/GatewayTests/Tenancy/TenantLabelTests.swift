import Exposition
import GatewayMetrics
import StructuredLog
import TestSupport
import Testing

@testable import Gateway

@Suite struct TenantLabelTests {
    @Test func `provisioned tenants always have a label, others at once while half of the places are free`() throws {
        let loops = try TenantLoops(TenantLabelSettings(provisioned: ["p"], maxTenants: 4), loops: 2)
        #expect(loops.request("a") == "a" && loops.request("b", loop: 1) == "b")
        #expect(loops.request("c") == "_other" && loops.request("p") == "p")
        #expect(loops.request("a", loop: 1) == "a" && loops.request("b") == "b")
        #expect(loops.request("", times: 1) == "_none")
        #expect(loops.scrape() == ["a": 2, "b": 2, "p": 1, "_other": 1, "_none": 1])
    }

    @Test func `a tenant that is busy gets a place within two seconds, and its label is the same on every loop`() throws
    {
        let loops = try TenantLoops(TenantLabelSettings(maxTenants: 4), loops: 2)
        for name in ["a", "b"] { loops.request(name) }
        loops.request("busy", times: 99)
        loops.tick()
        #expect(loops.request("busy", loop: 1) == "_other")
        loops.tick()
        #expect(loops.request("busy") == "busy" && loops.request("busy", loop: 1) == "busy")
    }

    @Test func `an id that only a header states has no label of its own where authentication is configured`() throws {
        var settings = TenantLabelSettings(provisioned: ["p"], maxTenants: 4)
        settings.knowsHeaderIDs = false
        let loops = try TenantLoops(settings)
        let id = Array("acme".utf8)
        #expect(loops.request(id, source: .header) == "_other" && loops.request(id, source: .token) == "acme")
        #expect(loops.request(id, source: .header) == "_other" && loops.request(id, source: .rejected) == "_none")
    }

    @Test func `the busiest get the places, and whoever loses one keeps its series for an hour`() throws {
        let loops = try TenantLoops(TenantLabelSettings(provisioned: ["p"], maxTenants: 6), loops: 2)
        /// A minute of traffic, in requests a minute.
        func minute(_ traffic: [String: Int]) {
            for (name, count) in traffic.sorted(by: { $0.key < $1.key }) {
                for number in 0..<count { loops.request(name, loop: number & 1) }
            }
            loops.clock.advance(seconds: 59)
            loops.tick()
            loops.registry.sweep()
        }
        // Six small ones have the places when six large ones come.
        let small = Dictionary(uniqueKeysWithValues: (0..<6).map { ("small-\($0)", 30) })
        for _ in 0..<12 { minute(small) }
        #expect(loops.labels.label.occupancy == (placed: 6, frozen: 0))
        let before = loops.scrape()
        let large = Dictionary(uniqueKeysWithValues: (0..<6).map { ("large-\($0)", 60 + $0) })
        for _ in 0..<15 { minute(large) }
        // Half of them at most may be frozen at a time: three places changed hands.
        #expect(loops.labels.label.occupancy == (placed: 6, frozen: 3))
        let after = loops.scrape()
        for (name, value) in before { #expect(after[name] ?? 0 >= value) }
        #expect(after.keys.count { $0.hasPrefix("large-") } == 3)
        // After the hour the others follow; after another nothing is left of the small ones.
        for _ in 0..<75 { minute(large) }
        #expect(loops.scrape().keys.count { $0.hasPrefix("large-") } == 6)
        loops.clock.advance(seconds: 3_600)
        let page = String(decoding: loops.registry.render(.prometheusText004), as: UTF8.self)
        #expect(page.contains("large-5") && !page.contains("small-"))
        #expect(loops.labels.label.occupancy == (placed: 6, frozen: 0))
    }

    @Test func `the log has the true tenant, whatever the label`() throws {
        let plane = try PlaneFixture(cells: []) { $0.tenants = TenantLabelSettings(provisioned: ["p"], maxTenants: 0) }
        for tenant in ["acme", "p"] {
            let head = "GET /api/v1/erp/x HTTP/1.1\r\nHost: h\r\nX-Tenant-Id: \(tenant)\r\nConnection: close\r\n\r\n"
            #expect(try plane.status(head) == 404)
        }
        for label in ["_other", "p"] {
            let series = "gateway_requests_total{tenant=\"\(label)\",cell=\"_unknown\",method=\"GET\",code=\"404\"}"
            #expect(plane.metric(series, becomes: 1))
        }
        // The overflow is known within a second, without another request.
        #expect(plane.metric("gateway_metrics_overflow_total{label=\"tenant\"}", becomes: 1))
        let log = plane.stop()
        #expect(log.contains { $0.contains("\"tenant\":\"acme\"") })
    }
}
