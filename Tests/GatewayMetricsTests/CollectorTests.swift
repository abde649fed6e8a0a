import Exposition
import Synchronization
import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Collectors")
struct CollectorTests {
    private let clock = TestClock()

    private func registry() -> MetricsRegistry {
        MetricsRegistry(prefix: "t", shards: 1, clock: { [clock] in clock.nanos })
    }

    @Test("one call gives the values of several families of one moment")
    func families() throws {
        let registry = registry()
        let counter = CallCounter()
        try registry.collector([
            .gauge("q_jobs", help: "Jobs.", labels: ["queue"]),
            .counter("q_taken_total", help: "Taken.", labels: ["queue"]),
            .info("q_info", help: "Settings.", labels: ["queue", "order"]),
            .gauge("q_silent", help: "Not given."),
        ]) {
            let number = Double(counter.next())
            return [
                [(["a"], number), (["b"], number), (["a"], 7)], [(["a"], number), (["b"], -1)], [(["a", "lifo"], 9)],
            ]
        }
        let text = String(decoding: registry.render(.openMetrics100), as: UTF8.self)
        for line in [
            "q_jobs{queue=\"a\"} 1.0\n", "q_jobs{queue=\"b\"} 1.0\n", "q_taken_total{queue=\"a\"} 1.0\n",
            "# TYPE q info\n", "q_info{queue=\"a\",order=\"lifo\"} 1.0\n",
        ] { #expect(text.contains(line), "\(line)\(text)") }
        #expect(!text.contains("q_silent ") && !text.contains("-1"))
        #expect(registry.refusals.count(of: .callbackDuplicate) == 1)
        for format in ExpositionFormat.allCases { #expect(!registry.render(format).isEmpty) }
        #expect(counter.next() == 2 + ExpositionFormat.allCases.count)
    }

    @Test("when one family cannot be declared, none is")
    func allOrNothing() throws {
        let registry = registry()
        #expect(throws: MetricError.self) {
            try registry.collector([.gauge("g", help: ""), .counter("bad", help: "")]) { [] }
        }
        #expect(throws: MetricError.self) {
            try registry.collector([.gauge("g", help: ""), .gauge("g", help: "")]) { [] }
        }
        _ = try registry.gauge("g", help: "")
    }

    @Test("a child says whether its series is there; one that is idle goes, and binding again brings a new one")
    func isLive() throws {
        let registry = registry()
        let counters = try registry.counter("r_total", help: "", labels: ["a"], idleExpirySeconds: 10)
        let states = try registry.stateSet("s", help: "", labels: ["a"], states: ["on"], idleExpirySeconds: 10)
        let dynamic = try registry.dynamicFamily(
            Gauge.self, "d", help: "", labels: ["a"], idleExpirySeconds: 10)
        let children: [any Instrument] = [counters.bind(["x"]), states.bind(["x"]), dynamic.bind(["x"])]
        #expect(children.map { $0.isLive } == [true, true, true])
        let gauge = dynamic.bind(["x"])
        for _ in 0..<3 {
            gauge.set(1)
            clock.advance(5_000_000_000)
            registry.sweep()
        }
        #expect(children.prefix(2).map { $0.isLive } == [false, false])
        clock.advance(5_000_000_000)
        registry.sweep()
        // Set to the same value all the time: nothing changed.
        #expect(!gauge.isLive && counters.bind(["x"]).isLive && !counters.bind(values: []).isLive)
    }
}

private final class CallCounter: Sendable {
    private let calls = Atomic<Int>(0)
    func next() -> Int { calls.wrappingAdd(1, ordering: .relaxed).newValue }
}
