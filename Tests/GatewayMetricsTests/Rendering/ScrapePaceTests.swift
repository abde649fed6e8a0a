import Locking
import Testing

@testable import GatewayMetrics

@Suite("The pace of a scrape")
struct ScrapePaceTests {
    /// A processor on which every look takes the same time, and a sleeper that oversleeps.
    private final class Bench: Sendable {
        private struct State {
            var used: UInt64 = 0
            var now: UInt64 = 1_000
            var rests: [UInt64] = []
        }

        private let state = Locked(State())
        private let lookNanos: UInt64
        private let oversleepNanos: UInt64

        init(lookNanos: UInt64, oversleepNanos: UInt64 = 0) {
            self.lookNanos = lookNanos
            self.oversleepNanos = oversleepNanos
        }

        func pace(share: Double, patienceNanos: UInt64 = .max) -> ScrapePace {
            ScrapePace(
                share: share, patienceNanos: patienceNanos, clock: { [self] in state.withLock { $0.now } },
                cpu: { [self] in
                    state.withLock { state in
                        defer {
                            state.used &+= lookNanos
                            state.now &+= lookNanos
                        }
                        return state.used
                    }
                },
                rest: { [self] nanos in
                    state.withLock { state in
                        state.rests.append(nanos)
                        state.now &+= nanos &+ oversleepNanos
                    }
                })
        }

        /// The rests while so many looks fall due.
        func rests(_ looks: Int, _ pace: ScrapePace) -> [UInt64] {
            var pace = pace
            for _ in 0..<looks * 2 { pace.worked(ScrapePace.lookBytes / 2) }
            return state.withLock { $0.rests }
        }
    }

    @Test("a share of a tenth rests nine times as long as it works, after each turn")
    func share() {
        let bench = Bench(lookNanos: 50_000)
        let rests = bench.rests(3, bench.pace(share: 0.1))
        #expect(rests.count == 3)
        #expect(rests.allSatisfy { (449_000...450_000).contains($0) })
        // A turn of cheap bytes is longer in bytes.
        let cheap = Bench(lookNanos: 10_000)
        #expect(cheap.rests(12, cheap.pace(share: 0.5)) == [50_000, 50_000])
    }

    @Test("rests end with the patience, oversleeping counted, and one is never longer than its bound")
    func bounds() {
        let bench = Bench(lookNanos: 50_000)
        #expect(bench.rests(5, bench.pace(share: 0.5, patienceNanos: 320_000)) == [50_000, 50_000, 20_000])
        let late = Bench(lookNanos: 50_000, oversleepNanos: 1_000_000)
        #expect(late.rests(5, late.pace(share: 0.5, patienceNanos: 270_000)) == [50_000])
        let slow = Bench(lookNanos: 1_000_000_000)
        #expect(slow.rests(2, slow.pace(share: 0.1)) == [ScrapePace.maxRestNanos, ScrapePace.maxRestNanos])
        let backwards = Bench(lookNanos: .max)
        #expect(backwards.rests(1, backwards.pace(share: -.infinity)) == [ScrapePace.maxRestNanos])
    }

    @Test("a whole processor, or no number, never rests", arguments: [1, 2, Double.infinity, .nan])
    func whole(share: Double) {
        let bench = Bench(lookNanos: 50_000)
        #expect(bench.rests(3, bench.pace(share: share)).isEmpty)
    }

    @Test("scrapers with different patience do not share a paced page")
    func keys() {
        func key(_ share: Double, _ timeout: Double) -> ScrapePlan.Key {
            ScrapePlan(ScrapeRequest(timeoutSeconds: timeout), options: ScrapeOptions(processorShare: share)).key
        }
        #expect(key(0.1, 10) == key(0.1, 10))
        #expect(key(0.1, 10) != key(0.1, 2))
        #expect(key(1, 10) == key(1, 2))
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
