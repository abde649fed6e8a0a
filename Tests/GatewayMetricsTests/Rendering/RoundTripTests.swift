import Exposition
import Foundation
import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("What is scraped is what was measured")
struct RoundTripTests {
    /// Awkward values among ordinary ones.
    private static let values = [
        "", "a", "acme", "a\"b", "a\\", "\\n", "x\ny", "{}", "a,b=\"c\"", "é☃", "\u{e9}", "e\u{301}", "\u{0}", " ",
        "# EOF", "\u{1F600}",
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

    @Test("names beyond the legacy rule come as they are, or in the escaping that was asked for")
    func utf8Names() throws {
        var random = SeededGenerator.forTest()
        for format in ExpositionFormat.allCases {
            for escaping in NameEscaping.allCases {
                for mark in [".a.b", "é☃\"\\ \n", "-"] {
                    var model = RandomRegistry(
                        SeededGenerator(seed: random.next()), values: Self.values, mark: mark)
                    for number in 0..<6 { try model.addFamily(number) }
                    var expected = Page()
                    for family in model.families {
                        family.expect(
                            in: &expected, format, escaping, createdMillis: RandomRegistry.createdMillis,
                            createdLines: true)
                    }
                    let options = ScrapeOptions(createdLines: true)
                    let bytes = model.registry.render(format, escaping: escaping, options: options)
                    let differences = try Page(bytes, format, without: "own_").differences(from: expected)
                    #expect(differences.isEmpty, "\(format) \(escaping) \(mark): \(differences.prefix(3))")
                }
            }
        }
    }

    @Test("labels that an escaping would make the same stay apart")
    func ambiguousLabels() throws {
        let registry = MetricsRegistry(prefix: "own", shards: 1, allowsUTF8Names: true)
        try registry.gauge("g", help: "", labels: ["x.y", "x-y"]).bind(["1", "2"]).set(3)
        let page = try Page(registry.render(.prometheusText004), .prometheusText004, without: "own_")
        let (first, second) = (NameEscaping.values.escape(label: "x.y"), NameEscaping.values.escape(label: "x-y"))
        #expect(page.samples.count == 1 && page.duplicates.isEmpty)
        #expect(page.samples[Page.Key(name: "g", labels: [first: "1", second: "2"])]?.value == 3)
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
            expected[Page.Key(name: "g", labels: ["a": Page.exact(string), "b": "\(number)"])] = Double(number)
            histograms.bind([string]).observe(0.5)
            expected[Page.Key(name: "h_count", labels: ["a": Page.exact(string)]), default: 0] += 1
        }
        let page = try Page(registry.render(format), format, without: "own_")
        for (key, value) in expected { #expect(page.samples[key]?.value == value, "\(key)") }
        #expect(page.samples.keys.count { $0.name == "g" } == 515 && page.duplicates.isEmpty)
    }
}
