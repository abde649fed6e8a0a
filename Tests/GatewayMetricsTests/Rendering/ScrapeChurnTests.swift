import Exposition
import Foundation
import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Scrapes while series change")
struct ScrapeChurnTests {
    @Test("every page of every format is valid while series of all kinds come, count and go")
    func churn() throws {
        let registry = MetricsRegistry(prefix: "own", shards: 3)
        let counters = try registry.counter("a_total", help: "", labels: ["l"], limit: 300, exemplars: true)
        let classic = try registry.histogram(
            "b_seconds", help: "", unit: "seconds", labels: ["l"], buckets: [1, 2], limit: 300, exemplars: true)
        let both = try registry.histogram(
            "c", help: "", labels: ["l"], buckets: [1, 2], native: NativeHistogramOptions(maxBuckets: 8), limit: 300)
        let native = try registry.histogram(
            "d", help: "", labels: ["l"], buckets: [], native: NativeHistogramOptions(schema: 8), limit: 300)
        let states = try registry.stateSet("e", help: "", labels: ["l"], states: ["on", "off"], limit: 300)
        let group = DispatchGroup()
        for number in 1...3 {
            group.enter()
            Thread.detachNewThread {
                var random = SeededGenerator(seed: UInt64(number))
                let own = Shard(owned: number)
                for _ in 0..<3000 {
                    let label = "v\(random.int(0...400))"
                    let value = Double(random.int(-100...1000)) / 64
                    let exemplar = Exemplar(traceID: (random.next(), random.next()), spanID: random.next())
                    counters.bind([label]).increment(on: own, exemplar: exemplar)
                    classic.bind([label]).observe(value.magnitude, on: own, exemplar: exemplar)
                    both.bind([label]).observe(value, on: own)
                    native.bind([label]).observe(value, on: own)
                    states.bind([label]).set("on", random.oneIn(2))
                    if random.oneIn(3) { counters.remove([label]) }
                    if random.oneIn(3) { classic.remove([label]) }
                    if random.oneIn(3) { both.remove([label]) }
                    if random.oneIn(3) { native.remove([label]) }
                }
                group.leave()
            }
        }
        var rounds = 0
        repeat {
            for format in ExpositionFormat.allCases {
                let page = try Page(registry.render(format), format, without: "own_")
                #expect(page.duplicates.isEmpty, "\(format): \(page.duplicates.prefix(3))")
                expectConsistent(page)
            }
            rounds += 1
        } while group.wait(timeout: .now()) == .timedOut || rounds < 3
    }

    /// A histogram's count is its last bucket, and what native buckets hold together with the zero bucket.
    private func expectConsistent(_ page: Page) {
        for (key, sample) in page.samples where key.name.hasSuffix("_count") {
            let bucket = Page.Key(
                name: key.name.dropLast(6) + "_bucket", labels: key.labels.merging(["le": "inf"]) { $1 })
            #expect(page.samples[bucket]?.value == sample.value, "\(key)")
        }
        for (key, histogram) in page.histograms {
            let sides = histogram.positive.values.reduce(0, +) + histogram.negative.values.reduce(0, +)
            #expect(histogram.count == histogram.zeroCount + sides, "\(key)")
        }
    }

    @Test("wherever a piece ends, the page is the same")
    func boundaries() throws {
        var random = SeededGenerator.forTest()
        for format in ExpositionFormat.allCases {
            var model = RandomRegistry(SeededGenerator(seed: random.next()), values: ["", "a", "x\"y\\z\n", "é☃"])
            for number in 0..<8 { try model.addFamily(number) }
            let registry = model.registry
            let expected = registry.render(format)
            let plan = ScrapePlan(exposition: NegotiatedExposition(format: format, escaping: .allowUTF8))
            let catalogue = registry.scrapes.catalogue(
                Dialect(plan.exposition, createdLines: false), of: registry)
            for _ in 0..<40 {
                let page = ScrapePage(capacity: random.int(1...700))
                let callbacks = CallbackSamples(catalogue, .everything, registry: registry)
                var body: [UInt8] = []
                try ScrapeRun(plan, catalogue, page, clock: registry.clock).run(callbacks) {
                    body.append(contentsOf: $0)
                }
                #expect(body == expected, "\(format)")
            }
        }
    }
}
