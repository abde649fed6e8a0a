import Exposition
import Foundation
import TestSupport
import Testing

/// Prometheus's own lint as the judge of ours, over families that nobody thought up.
@Suite("Lint beside promtool")
struct PromtoolLintTests {
    private static let words = [
        "http", "request", "requestSize", "X", "count", "sum", "bucket", "total", "gauge", "counter", "histogram",
        "summary", "info", "s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d", "S", "a:b",
        "queueLength", "Total", "untyped", "thermometers", "second", "Seconds",
    ]
    /// At most one in a name: of several promtool judges one at random.
    private static let units = [
        "seconds", "milliseconds", "nanoseconds", "minutes", "hours", "days", "weeks", "bytes", "kilobytes",
        "gibibytes",
        "bits", "megabits", "meters", "kilometers", "metres", "millimetres", "inches", "yards", "miles", "grams",
        "kilograms", "pounds", "ounces", "celsius", "kelvin", "kelvins", "fahrenheit", "rankine", "volts", "kilovolts",
        "amperes", "microamperes", "joules", "calories", "kilocalories", "petaseconds",
    ]
    private static let labels = ["code", "le", "quantile", "camelCase", "UPPER", "snake_case", "aB"]

    @Test(
        "two thousand generated families get the verdicts of promtool check metrics",
        .enabled(if: Tool.path(of: "promtool") != nil, "promtool is not installed: apt-get install prometheus"))
    func sameVerdicts() throws {
        var generator = SeededGenerator.forTest(seed: 7)
        var text = ""
        for number in 0..<2000 { Self.appendFamily(number, to: &text, &generator) }
        let theirs = try Self.promtool(text)
        var lint = MetricsLint()
        for event in try ExpositionParser.parse(Array(text.utf8), mode: .prometheusText) { lint.add(event) }
        let ours = Set(lint.problems().map { Self.verdict($0.metric, $0.rule, $0.suggestion) })
        #expect(
            theirs.count > 2000 && Set(theirs.compactMap { $0.split(separator: " ").dropFirst().first }).count == 11)
        #expect(ours.subtracting(theirs).sorted() == [])
        #expect(theirs.subtracting(ours).sorted() == [])
    }

    private static func appendFamily(_ number: Int, to text: inout String, _ generator: inout SeededGenerator) {
        var parts = (0..<generator.int(0...3)).map { _ in words.randomElement(using: &generator) ?? "" }
        if generator.oneIn(3) {
            parts.insert(units.randomElement(using: &generator) ?? "", at: generator.int(0...parts.count))
        }
        parts.insert("x\(number)", at: generator.int(0...parts.count))
        let name = parts.joined(separator: "_")
        let kind = ["counter", "gauge", "histogram", "summary", "untyped", ""].randomElement(using: &generator) ?? ""
        if !generator.oneIn(4) { text += "# HELP \(name) Something.\n" }
        if !kind.isEmpty { text += "# TYPE \(name) \(kind)\n" }
        for sample in 0..<generator.int(0...3) {
            var pairs = ["n=\"\(sample)\""]
            for label in labels where generator.oneIn(8) { pairs.append("\(label)=\"0.5\"") }
            var suffix = ""
            if kind == "histogram" {
                suffix = ["_bucket", "_sum", "_count"].randomElement(using: &generator) ?? ""
                if suffix == "_bucket", !pairs.contains("le=\"0.5\"") { pairs.append("le=\"1\"") }
            } else if kind == "summary" {
                suffix = ["", "_sum", "_count"].randomElement(using: &generator) ?? ""
                if suffix.isEmpty, !pairs.contains("quantile=\"0.5\"") { pairs.append("quantile=\"1\"") }
            }
            text += "\(name)\(suffix){\(pairs.joined(separator: ","))} \(sample)\n"
        }
    }

    private static func promtool(_ text: String) throws -> Set<String> {
        let folder = try TemporaryDirectory("lint")
        try text.write(toFile: folder.file("metrics"), atomically: true, encoding: .utf8)
        let promtool = try #require(Tool.path(of: "promtool"))
        let result = try ChildProcess.run(
            "/bin/sh", ["-c", "exec \"$0\" check metrics < \"$1\"", promtool, folder.file("metrics")])
        #expect(result.status == 3, "\(result.output)")
        return try Set(result.error.split(separator: "\n").map { try theirVerdict(String($0)) })
    }

    /// What a line of promtool says, in our words.
    private static func theirVerdict(_ line: String) throws -> String {
        let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
        let (metric, said) = (parts[0], parts.count > 1 ? parts[1] : "")
        let signs: [(String, LintRule)] = [
            ("help", .help), ("base unit", .baseUnit), ("should have \"_total\"", .counterTotal),
            ("not have \"_total\"", .totalSuffix), ("suffix", .reservedSuffix), ("\" label", .reservedLabel),
            ("include type", .typeInName), ("':'", .colon), ("label names", .labelCase), ("camelCase", .metricCase),
            ("abbreviated", .abbreviatedUnit),
        ]
        let rule = try #require(signs.first { said.contains($0.0) }?.1, "\(line)")
        let base = said.split(separator: "\"").dropFirst().first.map(String.init) ?? ""
        return verdict(metric, rule, "convert to \(base):")
    }

    private static func verdict(_ metric: String, _ rule: LintRule, _ suggestion: String) -> String {
        guard rule == .baseUnit else { return "\(metric) \(rule.rawValue)" }
        return "\(metric) \(rule.rawValue) \(suggestion.prefix { $0 != ":" })"
    }
}
