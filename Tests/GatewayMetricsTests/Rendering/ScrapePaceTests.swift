import Locking
import Testing

@testable import GatewayMetrics

@Suite("The pace of a scrape")
struct ScrapePaceTests {
    /// A processor on which every turn takes the same time, and a sleeper that only notes.
    private final class Bench: Sendable {
        let used = Locked<UInt64>(0)
        let rests = Locked<[UInt64]>([])
        let turnNanos: UInt64

        init(turnNanos: UInt64) { self.turnNanos = turnNanos }

        func pace(share: Double, budgetNanos: UInt64 = .max) -> ScrapePace {
            ScrapePace(
                share: share, budgetNanos: budgetNanos,
                cpu: { [self] in
                    used.withLock { used in
                        defer { used &+= turnNanos }
                        return used
                    }
                }, rest: { [self] nanos in rests.withLock { $0.append(nanos) } })
        }

        func turns(_ count: Int, _ pace: ScrapePace) -> [UInt64] {
            var pace = pace
            for _ in 0..<count * 2 { pace.worked(ScrapePace.turnBytes / 2) }
            return rests.withLock { $0 }
        }
    }

    @Test("a share of a tenth rests nine times as long as it works")
    func share() {
        let bench = Bench(turnNanos: 50_000)
        let rests = bench.turns(3, bench.pace(share: 0.1))
        #expect(rests.count == 3)
        #expect(rests.allSatisfy { (449_000...450_000).contains($0) })
    }

    @Test("rests end with their budget, and one is never longer than its bound")
    func bounds() {
        let bench = Bench(turnNanos: 50_000)
        #expect(bench.turns(5, bench.pace(share: 0.5, budgetNanos: 120_000)) == [50_000, 50_000, 20_000])
        let slow = Bench(turnNanos: 1_000_000_000)
        #expect(slow.turns(2, slow.pace(share: 0.1)) == [ScrapePace.maxRestNanos, ScrapePace.maxRestNanos])
        let backwards = Bench(turnNanos: .max)
        #expect(backwards.turns(1, backwards.pace(share: -.infinity)) == [ScrapePace.maxRestNanos])
    }

    @Test("a whole processor, or no number, never rests", arguments: [1, 2, Double.infinity, .nan])
    func whole(share: Double) {
        let bench = Bench(turnNanos: 50_000)
        #expect(bench.turns(3, bench.pace(share: share)).isEmpty)
    }

    @Test("a paced page is the same page, in every format and compressed")
    func samePage() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 1)
        let gauges = try registry.gauge("g", help: "", labels: ["l"])
        for number in 0..<20_000 { gauges.bind(["\(number)"]).set(Double(number)) }
        for accept in ["text/plain", "application/vnd.google.protobuf"] {
            for coding in [nil, "gzip"] {
                let request = ScrapeRequest(accept: accept, acceptEncoding: coding, query: "name[]=g")
                var pages: [[UInt8]] = []
                for share in [1, 0.5] {
                    var page: [UInt8] = []
                    try registry.scrape(request, options: ScrapeOptions(processorShare: share)) {
                        page.append(contentsOf: $0)
                    }
                    pages.append(page)
                }
                #expect(pages[0] == pages[1])
            }
        }
    }
}
