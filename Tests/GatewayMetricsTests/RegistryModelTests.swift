import Exposition
import GatewayMetrics
import TestSupport
import Testing

/// The registry against a dictionary, with random uses, and through both formats and the parser.
@Suite("Registry against a model")
struct RegistryModelTests {
    private struct Key: Hashable {
        let name: String
        let labels: [String]
    }

    /// Awkward values among ordinary ones.
    private static let values = [
        "", "a", "acme", "a\"b", "a\\", "\\n", "x\ny", "{}", "a,b=\"c\"", "é☃", "\u{0}", " ", "# EOF", "\u{1F600}",
        "\r",
    ]

    @Test("what was counted is what is exposed, and what a parser reads back")
    func random() throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<30 { try round(&random) }
    }

    private func round(_ random: inout SeededGenerator) throws {
        let registry = MetricsRegistry(prefix: "t", shards: 2)
        let counters = try registry.counter("c_total", help: "C\\\n\"", labels: ["x", "y"])
        let gauges = try registry.gauge("g", help: "", labels: ["x"])
        let histograms = try registry.histogram("h", help: "", labels: ["x"], buckets: [0.5, 1, 1e6])
        var model: [Key: Double] = [:]
        for _ in 0..<300 {
            let (x, y) = (Self.values[random.int(0...14)], Self.values[random.int(0...14)])
            let shard = random.oneIn(2) ? Shard.shared : Shard(owned: random.int(1...2))
            switch random.int(0...6) {
            case 0, 1:
                counters.bind([x, y]).increment(by: 3, on: shard)
                model[Key(name: "c_total", labels: [x, y]), default: 0] += 3
            case 2:
                let value = Double(random.int(-1_000_000...1_000_000)) / Double(random.int(1...1000))
                gauges.bind([x]).set(value)
                model[Key(name: "g", labels: [x])] = value
            case 3, 4:
                let value = Double(random.int(0...8)) / 4
                histograms.bind([x]).observe(value, on: shard)
                for bound in [0.5, 1, 1e6, .infinity] {
                    let label = bound == .infinity ? "+Inf" : bound == 1e6 ? "1e+06" : bound == 1 ? "1" : "0.5"
                    model[Key(name: "h_bucket", labels: [x, label]), default: 0] += value <= bound ? 1 : 0
                }
                model[Key(name: "h_count", labels: [x]), default: 0] += 1
                model[Key(name: "h_sum", labels: [x]), default: 0] += value
            case 5:
                let known = model.removeValue(forKey: Key(name: "c_total", labels: [x, y])) != nil
                #expect(counters.remove([x, y]) == known)
            default:
                let known = model.removeValue(forKey: Key(name: "h_sum", labels: [x])) != nil
                #expect(histograms.remove([x]) == known)
                model[Key(name: "h_count", labels: [x])] = nil
                for label in ["0.5", "1", "1e+06", "+Inf"] { model[Key(name: "h_bucket", labels: [x, label])] = nil }
            }
        }
        try check(registry, model)
    }

    private func check(_ registry: MetricsRegistry, _ model: [Key: Double]) throws {
        var exposed: [Key: Double] = [:]
        registry.forEachSample { name, labels, value in
            if !name.hasPrefix("t_") { exposed[Key(name: name, labels: labels.map(\.value))] = value }
        }
        #expect(exposed == model)
        #expect(try parsed(registry, .prometheusText004, .prometheusText) == model)
        #expect(try parsed(registry, .openMetrics100, .openMetrics) == model)
    }

    private func parsed(
        _ registry: MetricsRegistry, _ format: ExpositionFormat, _ mode: ExpositionParser.Mode
    ) throws -> [Key: Double] {
        var result: [Key: Double] = [:]
        for event in try ExpositionParser.parse(registry.render(format), mode: mode) {
            guard case .sample(let sample) = event, !sample.name.hasPrefix("t_") else { continue }
            let labels = sample.labels.map { $0.name == "le" && $0.value == "1.0" ? "1" : $0.value }
            #expect(result.updateValue(sample.value, forKey: Key(name: sample.name, labels: labels)) == nil)
        }
        return result
    }
}
