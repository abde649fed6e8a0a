import Exposition
import GatewayMetrics
import TestSupport
import Testing

@testable import Gateway

@Suite(.serialized) struct TenantFloodTests {
    private static let million = 1_000_000

    /// Sends made-up ids over two loops, one request each, and now and then one of `acme`.
    private func flood(_ loops: TenantLoops, count: Int, _ random: inout SeededGenerator) {
        let digits = Array("0123456789abcdef".utf8)
        let acme = Array("acme".utf8)
        var id = Array(repeating: UInt8(ascii: "a"), count: 16)
        for number in 0..<count {
            var bits = random.next()
            for position in 0..<16 {
                id[position] = digits[Int(bits & 15)]
                bits >>= 4
            }
            loops.request(id, loop: number & 1)
            if number % 1000 == 0 { loops.request(acme, loop: number / 1000 & 1) }
            if number % 20_000 == 0 { loops.tick() }
        }
        loops.tick()
    }

    // What it costs in memory is judged of the real program, by AppTests.
    @Test func `a million made-up tenants leave the page valid and below its bound, and none is lost`() throws {
        var random = SeededGenerator.forTest(seed: 41)
        let loops = try TenantLoops(TenantLabelSettings(provisioned: ["acme"]), loops: 2)
        flood(loops, count: Self.million, &random)
        #expect(loops.labels.label.memoryBound(threads: 2) < 1 << 20)

        let values = loops.scrape()
        #expect(values.count <= loops.labels.label.policy.valueBound)
        let total = Self.million
        let placed = values.filter { $0.key != "_other" && $0.key != "acme" }
        #expect(placed.count == 100 && values["acme"] == 1000)
        #expect(values["_other"] == total - 100)
        #expect(loops.value("gateway_metrics_overflow_total", "tenant") == Double(total - 100))

        for format in [ExpositionFormat.prometheusText004, .openMetrics100] {
            let page = loops.registry.render(format)
            let bound = try #require(loops.registry.pageBound(format, labelBytes: 256))
            #expect(page.count < bound && page.count < 1 << 20)
            let mode: ExpositionParser.Mode = format == .openMetrics100 ? .openMetrics : .prometheusText
            #expect(try ExpositionParser.parse(page, mode: mode).count > 1000)
        }
    }

    @Test func `no counter goes back, and none moves, while a flood and real tenants change all the time`() throws {
        var random = SeededGenerator.forTest(seed: 43)
        let loops = try TenantLoops(TenantLabelSettings(provisioned: ["acme"], maxTenants: 8), loops: 2)
        var counted: [String: Int] = [:]
        for round in 0..<400 {
            for _ in 0..<200 {
                let name =
                    random.oneIn(3) ? "x\(random.next() % 100_000)" : "t\((round / 40) * 3 + random.int(0...5))"
                counted[loops.request(name, loop: random.int(0...1)), default: 0] += 1
            }
            loops.tick()
            loops.clock.advance(seconds: UInt64(random.int(0...150)))
            let now = loops.scrape()
            #expect(now.count <= loops.labels.label.policy.valueBound)
            // What stands is what was counted under it since it stands; what vanished may begin anew.
            counted = counted.filter { now[$0.key] != nil }
            #expect(now == counted)
        }
        #expect(loops.labels.label.occupancy.placed == 8)
    }
}
