import Exposition
import Foundation
import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("What is scraped is what was measured")
struct RoundTripTests {
    /// Awkward values among ordinary ones.
    private static let values = [
        "", "a", "acme", "a\"b", "a\\", "\\n", "x\ny", "{}", "a,b=\"c\"", "é☃", "\u{0}", " ", "# EOF", "\u{1F600}",
        "\r", "\u{7F}", "\u{2028}", String(repeating: "long", count: 100), "\",le=\"1", "} 1\n# EOF\n",
    ]

    @Test("every format gives back the values of every kind", arguments: ExpositionFormat.allCases)
    func random(_ format: ExpositionFormat) throws {
        var random = SeededGenerator.forTest()
        for round in 0..<25 {
            var model = RandomRegistry(SeededGenerator(seed: random.next()), values: Self.values)
            for number in 0..<8 { try model.addFamily(number) }
            let createdLines = round % 2 == 1
            var expected = Page()
            for family in model.families {
                family.expect(
                    in: &expected, format, createdMillis: RandomRegistry.createdMillis, createdLines: createdLines)
            }
            let bytes = model.registry.render(format, options: ScrapeOptions(createdLines: createdLines))
            let read = try Page(bytes, format, without: "own_")
            let differences = read.differences(from: expected)
            #expect(differences.isEmpty, "round \(round): \(differences.prefix(3))")
        }
    }

    @Test(
        "515 naughty strings are label values like others in every format",
        .enabled(if: Conformance.isPresent, "\(Conformance.absence)"), arguments: ExpositionFormat.allCases)
    func naughty(_ format: ExpositionFormat) throws {
        let strings = try JSONDecoder().decode(
            [String].self, from: Data(Conformance.bytes("http/blns/blns.json")))
        #expect(strings.count == 515)
        let registry = MetricsRegistry(prefix: "own", shards: 1, wallClock: { 0 })
        let gauges = try registry.gauge("g", help: "G.", labels: ["a", "b"])
        let histograms = try registry.histogram("h", help: "H.", labels: ["a"], buckets: [1])
        var expected: [Page.Key: Double] = [:]
        for (number, string) in strings.enumerated() {
            gauges.bind([string, "\(number)"]).set(Double(number))
            expected[Page.Key(name: "g", labels: ["a": string, "b": "\(number)"])] = Double(number)
            histograms.bind([string]).observe(0.5)
            expected[Page.Key(name: "h_count", labels: ["a": string]), default: 0] += 1
        }
        let page = try Page(registry.render(format), format, without: "own_")
        for (key, value) in expected { #expect(page.samples[key]?.value == value, "\(key)") }
        #expect(page.samples.keys.count { $0.name == "g" } == 515 && page.duplicates.isEmpty)
    }
}
