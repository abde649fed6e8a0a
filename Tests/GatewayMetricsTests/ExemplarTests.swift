import Exposition
import Synchronization
import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Exemplars")
struct ExemplarTests {
    private func registry() -> MetricsRegistry {
        let clock = WallTime(1_700_000_000_000)
        return MetricsRegistry(prefix: "t", shards: 1, wallClock: { clock.next() })
    }

    /// A wall clock that goes on by a second whenever it is read.
    private final class WallTime: Sendable {
        private let millis: Atomic<Int64>
        init(_ start: Int64) { millis = Atomic(start) }
        func next() -> Int64 { millis.wrappingAdd(1000, ordering: .relaxed).newValue }
        func advance(_ by: Int64) { millis.wrappingAdd(by, ordering: .relaxed) }
    }

    private func labels(_ exemplar: KeptExemplar?) -> [String] {
        var texts: [String] = []
        exemplar?.forEachLabel { name, value in
            texts.append(String(decoding: name, as: UTF8.self) + "=" + String(decoding: value, as: UTF8.self))
        }
        return texts
    }

    private func rejected(_ registry: MetricsRegistry) -> Double? {
        var found: Double?
        registry.forEachSample { _, labels, value in
            if labels.first?.value == "exemplar_too_long" { found = value }
        }
        return found
    }

    @Test("a counter keeps the newest one, with what was added and when")
    func counter() throws {
        let registry = registry()
        let family = try registry.counter("a_total", help: "", labels: ["l"], exemplars: true)
        let counter = family.bind(["x"])
        #expect(counter.cells.exemplar(at: 0, family.store.shape) == nil)
        counter.increment(by: 2, exemplar: Exemplar(traceID: (1, 2), spanID: 3))
        counter.increment(by: 5, on: Shard(owned: 1), exemplar: Exemplar(traceID: (0xabcd, 0xef), spanID: 0))
        #expect(counter.value == 7)
        let kept = try #require(counter.cells.exemplar(at: 0, family.store.shape))
        #expect(kept.value == 5)
        #expect(labels(kept) == ["trace_id=000000000000abcd00000000000000ef"])
        #expect(kept.timestampMillis > 1_700_000_000_000)
        counter.increment(exemplar: Exemplar(traceID: (0, 0), spanID: 0xff))
        #expect(labels(counter.cells.exemplar(at: 0, family.store.shape)).last == "span_id=00000000000000ff")
    }

    @Test("labels of one's own are kept as they are, and refused and counted when too long or broken")
    func text() throws {
        let registry = registry()
        let family = try registry.floatCounter(
            "a_total", help: "", labels: [] as InlineArray<0, String>, exemplars: true)
        let counter = family.bind([])
        counter.increment(by: 0.5, exemplar: Exemplar(labels: ["user": "a\"☃\n", "empty": ""]))
        #expect(labels(counter.cells.exemplar(at: 0, family.store.shape)) == ["user=a\"☃\n", "empty="])
        let long = String(repeating: "x", count: 60)
        let refused = [
            Exemplar(labels: ["user": long]), Exemplar(labels: [long: ""]), Exemplar(labels: ["a-b": "c"]),
            Exemplar(labels: ["a": "b", "a": "c"]), Exemplar(labels: ["a": String(repeating: "y", count: 54)]),
        ]
        for exemplar in refused { counter.increment(by: 1, exemplar: exemplar) }
        #expect(counter.value == 5.5)
        #expect(rejected(registry) == 5)
        #expect(labels(counter.cells.exemplar(at: 0, family.store.shape)).count == 2)
        counter.increment(by: 1, exemplar: Exemplar(labels: ["a": String(repeating: "z", count: 53)]))
        #expect(labels(counter.cells.exemplar(at: 0, family.store.shape)).first?.count == 55)
    }

    @Test("each classic bucket keeps its newest one")
    func buckets() throws {
        let registry = registry()
        let family = try registry.histogram(
            "h_seconds", help: "", labels: [] as InlineArray<0, String>, buckets: [1, 2], exemplars: true)
        let histogram = family.bind([])
        for (number, value) in [0.5, 1, 5, 3, .nan].enumerated() {
            histogram.observe(value, exemplar: Exemplar(traceID: (0, UInt64(number))))
        }
        histogram.observe(nanos: 2_000_000_000, exemplar: Exemplar(traceID: (0, 9)))
        let kept = (0...2).map { histogram.cells.exemplar(at: $0, family.store.shape) }
        #expect(kept[0]?.value == 1)
        #expect(kept[1]?.value == 2)
        #expect(kept[2]?.value == 3, "NaN is inside no bucket")
        #expect(family.store.shape.nativeExemplarSlots.isEmpty)
        #expect(histogram.count == 6)
    }

    @Test("a family without exemplars ignores them")
    func without() throws {
        let registry = registry()
        let family = try registry.counter("a_total", help: "", labels: ["l"])
        let neighbour = family.bind(["y"])
        family.bind(["x"]).increment(exemplar: Exemplar(labels: ["a": String(repeating: "y", count: 99)]))
        #expect(family.bind(["x"]).value == 1 && neighbour.value == 0)
        #expect(family.bind(["x"]).cells.exemplar(at: 0, family.store.shape) == nil)
        #expect(rejected(registry) == 0)
    }

    @Test("a native histogram keeps ten that are spread over its values")
    func native() throws {
        let clock = WallTime(1_700_000_000_000)
        let registry = MetricsRegistry(prefix: "t", shards: 1, wallClock: { clock.next() })
        let family = try registry.histogram(
            "h", help: "", labels: [] as InlineArray<0, String>, buckets: [1], native: .init(), exemplars: true)
        let histogram = family.bind([])
        let slots = family.store.shape.nativeExemplarSlots
        #expect(slots == 2..<12)
        func values() -> [Double] {
            slots.compactMap { histogram.cells.exemplar(at: $0, family.store.shape)?.value }.sorted()
        }
        for power in 0..<10 { histogram.observe(exp(power), exemplar: Exemplar(traceID: (0, 1))) }
        #expect(values() == (0..<10).map(exp))
        // Close to 2^3: that one goes. Then of 2^5 and 1.1 · 2^5 and the new one between them.
        histogram.observe(8.5, exemplar: Exemplar(traceID: (0, 2)))
        #expect(values() == [1, 2, 4, 8.5, 16, 32, 64, 128, 256, 512])
        // Far from all: of the closest two, 4 and 8.5 being further apart than 8.5 and 16, the older one goes.
        histogram.observe(1e9, exemplar: Exemplar(traceID: (0, 3)))
        #expect(values() == [1, 2, 4, 8.5, 32, 64, 128, 256, 512, 1e9])
        histogram.observe(-1, exemplar: Exemplar(traceID: (0, 3)))
        #expect(values() == [-1, 2, 4, 8.5, 32, 64, 128, 256, 512, 1e9])
        histogram.observe(.nan, exemplar: Exemplar(traceID: (0, 3)))
        #expect(values().count == 10)
        // What is older than five minutes goes first.
        clock.advance(301_000)
        let before = Set(values())
        histogram.observe(0, exemplar: Exemplar(traceID: (0, 4)))
        #expect(before.subtracting(values()) == [2])
    }

    private func exp(_ power: Int) -> Double { Double(sign: .plus, exponent: power, significand: 1) }

    @Test("a removed series' exemplars do not come back")
    func removal() throws {
        let time = SteppedClock()
        let registry = MetricsRegistry(prefix: "t", shards: 1, clock: { time.nanos })
        let family = try registry.counter("a_total", help: "", labels: ["l"], exemplars: true)
        let first = family.bind(["x"])
        first.increment(exemplar: Exemplar(traceID: (1, 1)))
        family.remove(["x"])
        #expect(first.cells.exemplar(at: 0, family.store.shape) == nil)
        time.advance(seconds: 120)
        for number in 0..<10 {
            #expect(family.bind(["y\(number)"]).cells.exemplar(at: 0, family.store.shape) == nil)
        }
    }

    @Test("an exemplar of NaN is kept by no format")
    func notANumber() throws {
        let registry = MetricsRegistry(prefix: "own", shards: 1)
        let family = try registry.histogram("h", help: "", labels: [], buckets: [1], exemplars: true)
        family.bind([]).observe(.nan, exemplar: Exemplar(labels: ["a": "b"]))
        let events = try ProtobufExpositionParser.parse(registry.render(.protobufDelimited))
        let hasExemplar = events.contains { event in
            if case .sample(let sample) = event { return sample.exemplar != nil }
            return false
        }
        #expect(!hasExemplar)
    }

    @Test("count and sum of a histogram do not come and go with the sign of the sum")
    func negativeSum() throws {
        let registry = MetricsRegistry(prefix: "own", shards: 1)
        let child = try registry.histogram("h", help: "", labels: [], buckets: [1]).bind([])
        for value in [-3.0, 5] {
            child.observe(value)
            let text = String(decoding: registry.render(.openMetrics100), as: UTF8.self)
            #expect(text.contains("h_count ") && text.contains("h_sum \(max(child.sum, 0))\n"))
            _ = try ExpositionParser.parse(Array(text.utf8), mode: .openMetrics)
        }
    }
}
