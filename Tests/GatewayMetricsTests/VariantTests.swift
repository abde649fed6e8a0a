import Exposition
import Testing

@testable import GatewayMetrics

@Suite("Families whose label names vary")
struct VariantTests {
    private let registry = MetricsRegistry(prefix: "t", shards: 0)

    private func family(_ labels: [String], help: String = "h") throws -> DynamicFamily<Counter> {
        try registry.dynamicFamily(Counter.self, "x_total", help: help, labels: labels)
    }

    @Test("several sets of label names stand under one HELP and TYPE, and the strict parser agrees")
    func together() throws {
        try family(["b"]).bind(["1"]).increment()
        try family([]).bind([]).increment(by: 2)
        try family(["a", "b"]).bind(["3", "4"]).increment(by: 3)
        try family(["b"]).bind(["1"]).increment(by: 5)
        for format in [ExpositionFormat.prometheusText004, .openMetrics100] {
            let text = registry.render(format)
            let isOpen = format == .openMetrics100
            let events = try ExpositionParser.parse(text, mode: isOpen ? .openMetrics : .prometheusText)
            #expect(events.filter { $0 == .kind(isOpen ? "x" : "x_total", .counter) }.count == 1)
            let samples = events.compactMap { event -> ExpositionSample? in
                if case .sample(let sample) = event, sample.name == "x_total" { sample } else { nil }
            }
            #expect(samples.map(\.value) == [2, 3, 6])
        }
    }

    @Test("what differs in more than labels is refused, and so is a name that was declared with fixed labels")
    func refused() throws {
        _ = try family(["a"])
        #expect(throws: MetricError.self) { try family(["b"], help: "other") }
        _ = try registry.counter("y_total", help: "h", labels: ["a"])
        #expect(throws: MetricError.self) {
            try registry.dynamicFamily(Counter.self, "y_total", help: "h", labels: ["b"])
        }
        #expect(throws: MetricError.self) { try registry.counter("x_total", help: "h", labels: ["c"]) }
    }
}
