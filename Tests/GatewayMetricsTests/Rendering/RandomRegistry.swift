import Exposition
import TestSupport

@testable import GatewayMetrics

/// A registry with families of all kinds, used at random, and the model of it.
struct RandomRegistry {
    static let createdMillis: Int64 = 1_700_000_000_045

    let registry: MetricsRegistry
    private(set) var families: [ModelFamily] = []
    private var random: SeededGenerator
    private let values: [String]
    /// What names hold that scrapers of old do not know.
    private let mark: String

    /// - Parameters:
    ///   - values: what labels are set to
    ///   - mark: stands in about half of all names
    init(_ random: SeededGenerator, values: [String], mark: String = "") {
        registry = MetricsRegistry(
            prefix: "own", shards: 2, allowsUTF8Names: !mark.isEmpty, wallClock: { RandomRegistry.createdMillis })
        self.mark = mark
        self.random = random
        self.values = values
    }

    /// Declares one more family of a random kind and tells it something.
    mutating func addFamily(_ number: Int) throws {
        let labels = (0..<random.int(0...3)).map { random.oneIn(2) ? "l\($0)" : "l\($0)\(mark)" }
        let number = random.oneIn(2) ? "\(number)" : "\(number)\(mark)"
        let help = random.oneIn(3) ? "" : pick(["Help.", "a\\b", "line\nfeed", "\"quoted\"", " é☃ "])
        let unit = random.oneIn(2) ? "seconds" : ""
        let base = unit.isEmpty ? "m\(number)" : "m\(number)_\(unit)"
        switch random.int(0...6) {
        case 0: try addCounter(base + "_total", help, unit, labels)
        case 1: try addFloatCounter(base + "_total", help, unit, labels)
        case 2: try addGauge(base, help, unit, labels)
        case 3: try addInfo("m\(number)_info", help, labels)
        case 4: try addStates("m\(number)", help, labels)
        default: try addHistogram(base, help, unit, labels)
        }
    }

    private mutating func pick<Element>(_ list: [Element]) -> Element { list[random.int(0...list.count - 1)] }

    private mutating func shard() -> Shard { pick([.shared, Shard(owned: 1), Shard(owned: 2)]) }

    private mutating func exemplar() -> (Exemplar, [String: String]) {
        if random.oneIn(3) {
            let value = pick(["", "a\"b\\c\nd", "é☃", "plain"])
            return (Exemplar(labels: ["key": value, "other": "x"]), ["key": value, "other": "x"])
        }
        let (high, low, span) = (random.next(), random.next(), random.oneIn(3) ? 0 : random.next())
        func hex(_ word: UInt64) -> String {
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        var labels = ["trace_id": hex(high) + hex(low)]
        if span != 0 { labels["span_id"] = hex(span) }
        return (Exemplar(traceID: (high, low), spanID: span), labels)
    }

    /// Binds children with random label values and lets `use` tell the real one and its model the same.
    private mutating func fill<Child: Instrument>(
        _ model: ModelFamily, _ real: DynamicFamily<Child>,
        _ use: (inout RandomRegistry, Child, inout ModelChild) -> Void
    ) {
        var model = model
        for _ in 0..<random.int(0...8) {
            let labels = model.labels.map { _ in pick(values) }
            let child = real.bind(labels)
            let key = labels.map(Page.exact)
            if model.children[key] == nil { model.children[key] = ModelChild() }
            for _ in 0..<random.int(0...6) { use(&self, child, &model.children[key, default: ModelChild()]) }
            if random.oneIn(6), real.remove(labels) { model.children[key] = nil }
        }
        families.append(model)
    }

    private mutating func addCounter(_ name: String, _ help: String, _ unit: String, _ labels: [String]) throws {
        let exemplars = random.oneIn(2)
        let model = ModelFamily(
            name: name, kind: .counter, help: help, unit: unit, labels: labels, hasExemplars: exemplars)
        let real = try registry.dynamicFamily(
            Counter.self, name, help: help, unit: unit, labels: labels, exemplars: exemplars)
        fill(model, real) { random, child, model in
            let amount = random.pick([0, 1, 3, 1 << 40] as [UInt64])
            if exemplars, random.random.oneIn(2) {
                let (exemplar, labels) = random.exemplar()
                child.increment(by: amount, on: random.shard(), exemplar: exemplar)
                model.exemplars[0] = ModelExemplar(labels: labels, value: Double(amount))
            } else {
                child.increment(by: amount, on: random.shard())
            }
            model.number += Double(amount)
        }
    }

    private mutating func addFloatCounter(_ name: String, _ help: String, _ unit: String, _ labels: [String]) throws {
        let model = ModelFamily(name: name, kind: .counter, help: help, unit: unit, labels: labels)
        let real = try registry.dynamicFamily(FloatCounter.self, name, help: help, unit: unit, labels: labels)
        fill(model, real) { random, child, model in
            let amount = Double(random.random.int(0...1_000_000)) / 64
            child.increment(by: amount, on: random.shard())
            model.number += amount
        }
    }

    private mutating func addGauge(_ name: String, _ help: String, _ unit: String, _ labels: [String]) throws {
        let model = ModelFamily(name: name, kind: .gauge, help: help, unit: unit, labels: labels)
        let real = try registry.dynamicFamily(Gauge.self, name, help: help, unit: unit, labels: labels)
        fill(model, real) { random, child, model in
            let value = random.pick([
                0, -1, 1e300, -Double.leastNonzeroMagnitude, .infinity, -.infinity, .nan, 0.1, 1e6, 123_456_789.125,
                Double(bitPattern: random.random.next() >> 1),
            ])
            child.set(value)
            model.number = value
        }
    }

    private mutating func addInfo(_ name: String, _ help: String, _ labels: [String]) throws {
        let model = ModelFamily(name: name, kind: .info, help: help, unit: "", labels: labels)
        let real = try registry.dynamicFamily(Info.self, name, help: help, labels: labels)
        fill(model, real) { _, _, _ in }
    }

    private mutating func addStates(_ name: String, _ help: String, _ labels: [String]) throws {
        let states = ["on", "off\"\n", "é"]
        let model = ModelFamily(
            name: name, kind: .stateset, help: help, unit: "", labels: labels, states: states)
        let real = try registry.dynamicFamily(StateSet.self, name, help: help, labels: labels, states: states)
        fill(model, real) { random, child, model in
            let state = random.pick(states)
            let isTrue = random.random.oneIn(2)
            child.set(state, isTrue)
            if isTrue { model.states.insert(state) } else { model.states.remove(state) }
        }
    }

    private mutating func addHistogram(_ name: String, _ help: String, _ unit: String, _ labels: [String]) throws {
        let native = random.oneIn(2) ? NativeHistogramOptions(schema: random.int(-2...5), zeroThreshold: 0x1p-20) : nil
        var buckets = pick([[0.5, 1, 1e6], [-2, 0.25], [0.00001], (1...40).map { Double($0) / 4 }])
        if native != nil, random.oneIn(2) { buckets = [] }
        let exemplars = random.oneIn(2)
        let model = ModelFamily(
            name: name, kind: .histogram, help: help, unit: unit, labels: labels, buckets: buckets, native: native,
            hasExemplars: exemplars)
        let real = try registry.dynamicFamily(
            Histogram.self, name, help: help, unit: unit, labels: labels, buckets: buckets, native: native,
            exemplars: exemplars)
        fill(model, real) { random, child, model in
            // Sums are exact whatever the order; no value is the bound of a native bucket.
            let value = Double(random.random.int(random.random.oneIn(4) ? -400...400 : 0...400)) * 1.125
            if exemplars, random.random.oneIn(2) {
                let (exemplar, labels) = random.exemplar()
                child.observe(value, on: random.shard(), exemplar: exemplar)
                let bucket = buckets.firstIndex { value <= $0 } ?? buckets.count
                model.exemplars[bucket] = ModelExemplar(labels: labels, value: value)
                model.exemplarCount += 1
            } else {
                child.observe(value, on: random.shard())
            }
            model.observations.append(value)
        }
    }
}
