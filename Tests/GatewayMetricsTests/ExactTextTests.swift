import Exposition
import Testing

@testable import GatewayMetrics

@Suite("Texts that are canonically equivalent are not the same")
struct ExactTextTests {
    private static let composed = "\u{e9}"
    private static let decomposed = "e\u{301}"
    private let registry = MetricsRegistry(prefix: "t", shards: 1, allowsUTF8Names: true)

    private func labels(_ name: String, of registry: MetricsRegistry) -> [[UInt8]] {
        var found: [[UInt8]] = []
        registry.forEachSample { sample, pairs, _ in
            if sample == name { found.append(pairs.flatMap { Array($0.value.utf8) }) }
        }
        return found
    }

    private var both: [[UInt8]] { [ExactTextTests.composed, ExactTextTests.decomposed].map { Array($0.utf8) } }

    @Test("children and interned values")
    func interned() throws {
        #expect(ExactTextTests.composed == ExactTextTests.decomposed)
        let (first, second) = (registry.intern(ExactTextTests.composed), registry.intern(ExactTextTests.decomposed))
        #expect(first.id != second.id)
        #expect(Array(registry.text(of: second).utf8) == both[1])
        let family = try registry.counter("r_total", help: "", labels: ["a"])
        let cache = family.cache()
        cache.child([first]).increment(by: 1)
        cache.child([second]).increment(by: 2)
        #expect(family.bind([ExactTextTests.composed]).value == 1)
        #expect(family.bind([ExactTextTests.decomposed]).value == 2)
        #expect(labels("r_total", of: registry) == both)
        #expect(family.remove("a", equals: ExactTextTests.composed) == 1)
    }

    @Test("samples of a callback")
    func callbacks() throws {
        try registry.gaugeCallback("g", help: "", labels: ["a"]) {
            [([ExactTextTests.composed], 1), ([ExactTextTests.decomposed], 2)]
        }
        #expect(labels("g", of: registry) == both)
        #expect(registry.refusals.count(of: .callbackDuplicate) == 0)
    }

    @Test("declarations, label names, states, provisioned values and labels that overflow")
    func declarations() throws {
        let (composed, decomposed) = (ExactTextTests.composed, ExactTextTests.decomposed)
        let first = try registry.gauge("g", help: "", labels: [composed, decomposed])
        #expect(throws: MetricError.self) { try registry.gauge("g", help: "", labels: [decomposed, composed]) }
        first.bind(["x", "y"]).set(1)
        #expect(first.remove(decomposed, equals: "x") == 0 && first.remove(decomposed, equals: "y") == 1)
        let variants = try [composed, decomposed].map { label in
            try registry.dynamicFamily(Counter.self, "v_total", help: "", labels: [label])
        }
        variants[0].bind(["x"]).increment()
        variants[1].bind(["x"]).increment(by: 2)
        #expect(variants[0].bind(["x"]).value == 1)
        let states = try registry.stateSet("s", help: "", states: [composed, decomposed])
        states.set(only: decomposed)
        #expect(states.isSet(decomposed) && !states.isSet(composed))
        #expect(LabelPolicy(provisioned: [composed, decomposed, composed]).provisioned.count == 2)
        #expect(
            registry.refusals.overflowCounter(label: composed) !== registry.refusals.overflowCounter(label: decomposed))
    }

    @Test("strings whose bytes are not contiguous hash like others")
    func hash() {
        let plain = String(repeating: "ab", count: 20)
        var set: Set<ExactText> = [ExactText(plain)]
        #expect(!set.insert(ExactText(String(plain.map { $0 }))).inserted)
    }
}
