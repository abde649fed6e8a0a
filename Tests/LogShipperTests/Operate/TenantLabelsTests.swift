import GatewayMetrics
import Synchronization
import TestSupport
import Testing

@testable import LogShipper

@Suite("The shipper's tenant label")
struct TenantLabelsTests {
    private final class TestClock: Sendable {
        private let time = Atomic<UInt64>(1)
        var nanos: UInt64 { time.load(ordering: .relaxed) }
        func advance(seconds: UInt64) { time.wrappingAdd(seconds * 1_000_000_000, ordering: .relaxed) }
    }

    private struct Fixture {
        let clock = TestClock()
        let metrics: ShipperMetrics
        let labels: TenantLabels
        let counts: TenantCounts

        init(limit: Int, outputs: Int = 1) throws {
            let clock = clock
            metrics = try ShipperMetrics(clock: { clock.nanos })
            labels = try TenantLabels(limit: limit, outputs: outputs, metrics: metrics)
            counts = labels.makeCounts(reader: 0, output: "out")
        }

        /// Lines of a tenant that are acknowledged at once.
        func ship(_ tenant: TenantID, lines: Int) {
            counts.countLines(lines, tenant: tenant, name: "t\(tenant)")
            counts.countAcked(lines, tenant: tenant, name: "t\(tenant)")
        }

        func second() {
            clock.advance(seconds: 1)
            counts.tick(now: Int64(clock.nanos))
        }

        /// A family by tenant.
        func scrape(_ family: String) -> [String: Int] {
            var values: [String: Int] = [:]
            metrics.registry.forEachSample { name, labels, value in
                if name == family, let tenant = labels.last { values[tenant.value, default: 0] += Int(value) }
            }
            return values
        }
    }

    @Test("50,000 tenants have no more series than the limit allows, and the sums are exact")
    func manyTenants() throws {
        let fixture = try Fixture(limit: 200)
        for tenant in TenantID(1)...50_000 { fixture.ship(tenant, lines: Int(tenant % 7) + 1) }
        fixture.counts.countLines(5, tenant: TenantTable.defaultID, name: "_none")
        fixture.second()
        let total = (1...50_000).reduce(5) { $0 + $1 % 7 + 1 }
        let lines = fixture.scrape("shipper_lines_total")
        #expect(lines.count == 102 && lines["_none"] == 5 && lines["t100"] == 3)
        #expect(lines.values.reduce(0, +) == total)
        #expect(fixture.scrape("shipper_acked_lines_total").values.reduce(5, +) == total)
        var overflow = 0
        fixture.metrics.registry.forEachSample { name, labels, value in
            if name == "shipper_metrics_overflow_total", labels[0].value == "tenant" { overflow = Int(value) }
        }
        #expect(overflow == lines["_other"])
    }

    @Test("a demoted tenant's lines count as _other from then on, also when they are acknowledged; then its series go")
    func demotion() throws {
        let fixture = try Fixture(limit: 1)
        fixture.counts.countLines(10, tenant: 1, name: "small")
        for _ in 0..<700 { fixture.second() }
        for _ in 0..<10 {
            fixture.counts.countLines(400, tenant: 2, name: "big")
            fixture.second()
        }
        fixture.counts.countAcked(10, tenant: 1, name: "small")
        fixture.counts.countLines(3, tenant: 1, name: "small")
        let lines = fixture.scrape("shipper_lines_total")
        #expect(lines["small"] == 10 && lines.values.reduce(0, +) == 4013)
        #expect((lines["big"] ?? 0) >= 3600)
        #expect(fixture.scrape("shipper_acked_lines_total") == ["_other": 10])
        for _ in 0..<3700 { fixture.second() }
        #expect(fixture.scrape("shipper_lines_total")["small"] == nil)
    }

    @Test("without places everybody is _other")
    func noPlaces() throws {
        let fixture = try Fixture(limit: 0)
        for tenant in TenantID(1)...300 { fixture.ship(tenant, lines: 1000) }
        fixture.second()
        #expect(fixture.scrape("shipper_lines_total") == ["_other": 300_000])
    }

    @Test("with several readers a tenant's lines count once, as far as the furthest one has read")
    func severalReaders() throws {
        let fixture = try Fixture(limit: 10, outputs: 2)
        let other = fixture.labels.makeCounts(reader: 1, output: "other")
        fixture.counts.countLines(10, tenant: 1, name: "a")
        other.countLines(4, tenant: 5, name: "a")
        #expect(fixture.scrape("shipper_lines_total") == ["a": 10])
        other.countLines(9, tenant: 5, name: "a")
        other.countAcked(13, tenant: 5, name: "a")
        #expect(fixture.scrape("shipper_lines_total") == ["a": 13])
        fixture.counts.countLines(3, tenant: 1, name: "a")
        #expect(fixture.scrape("shipper_lines_total") == ["a": 13])
        #expect(fixture.scrape("shipper_acked_lines_total") == ["a": 13])
    }

    @Test("of tenants that come and go nothing stays once all readers have counted them, and the sums are exact")
    func comingAndGoing() throws {
        let fixture = try Fixture(limit: 10, outputs: 2)
        let other = fixture.labels.makeCounts(reader: 1, output: "other")
        for tenant in TenantID(1)...1000 {
            fixture.counts.countLines(2, tenant: tenant, name: "t\(tenant)")
            if tenant > 3 { other.countLines(2, tenant: tenant - 3, name: "t\(tenant - 3)") }
        }
        #expect(fixture.labels.tallyCount == 3)
        #expect(fixture.scrape("shipper_lines_total").values.reduce(0, +) == 2000)
    }

    @Test(
        "while one reader stands still the names that another meets are bounded, and in the end every line counts once")
    func farBehind() throws {
        let fixture = try Fixture(limit: 10, outputs: 2)
        let other = fixture.labels.makeCounts(reader: 1, output: "other")
        let count = TenantLabels.maxTallies + 1000
        for number in 0..<count { fixture.counts.countLines(1, tenant: 1, name: "t\(number)") }
        #expect(fixture.labels.tallyCount == TenantLabels.maxTallies + 1)
        for number in 0..<count { other.countLines(1, tenant: 1, name: "t\(number)") }
        #expect(fixture.labels.tallyCount == 0)
        #expect(fixture.scrape("shipper_lines_total").values.reduce(0, +) == count)
    }
}
