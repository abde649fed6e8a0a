import Exposition
import TestSupport
import Testing

@Suite("Quoted UTF-8 names")
struct UTF8NameTests {
    private static let modes: [ExpositionParser.Mode] = [.prometheusText, .openMetricsSyntax, .openMetrics]

    private func outcome(_ text: String, _ mode: ExpositionParser.Mode) -> String {
        do {
            let end = mode == .prometheusText ? "" : "# EOF\n"
            return try ExpositionParser.parse(Array((text + end).utf8), mode: mode).compactMap { event in
                switch event {
                case .kind(let name, let kind): "TYPE \(name) \(kind)"
                case .help(let name, let text): "HELP \(name) \(text)"
                case .unit(let name, let unit): "UNIT \(name) \(unit)"
                case .sample(let sample):
                    "\(sample.name) \(sample.labels.map { "\($0.name)=\($0.value)" }) \(sample.value)"
                default: nil
                }
            }.joined(separator: "; ")
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "stand in braces, among the labels and in metadata",
        arguments: [
            ("{\"a.b\"} 1\n", "a.b [] 1.0"),
            ("{\"a.b\",c=\"d\"} 1\n", "a.b [\"c=d\"] 1.0"),
            ("{c=\"d\",\"a.b\"} 1\n", "a.b [\"c=d\"] 1.0"),
            ("a{\"b.c\"=\"d\",e=\"f\"} 1\n", "a [\"b.c=d\", \"e=f\"] 1.0"),
            ("{\"日本 \\\"x\\\" \\\\\",\"é\"=\"=,}\"} 1\n", "日本 \"x\" \\ [\"é==,}\"] 1.0"),
            (
                "# TYPE \"a.b\" gauge\n# HELP \"a.b\" Some \"text\".\n{\"a.b\"} 2\n",
                "TYPE a.b gauge; HELP a.b Some \"text\".; a.b [] 2.0"
            ),
        ])
    func quoted(_ text: String, _ expected: String) {
        for mode in Self.modes { #expect(outcome(text, mode) == expected, "\(mode)") }
    }

    @Test("blanks and a last comma are fine in the classic format")
    func blanks() {
        #expect(outcome("{ \"a.b\" , \"c d\" = \"e\" , } 1 5\n", .prometheusText) == "a.b [\"c d=e\"] 1.0")
        #expect(outcome("{ \"a.b\"} 1\n", .openMetrics) == "1:2: expected a label name")
    }

    @Test(
        "a line without one name is refused",
        arguments: [
            ("{} 1\n", "1:3: expected a metric name"), ("{c=\"d\"} 1\n", "1:8: expected a metric name"),
            ("a{\"b.c\"} 1\n", "1:4: the metric has a name already"),
            ("{\"a\",\"b\"} 1\n", "1:7: the metric has a name already"),
            ("{\"\"} 1\n", "1:3: the name is empty"), ("a{\"\"=\"b\"} 1\n", "1:4: the name is empty"),
            ("{\"a} 1\n", "1:7: the name has no closing quote"),
            ("{\"a\\\n", "1:5: the name has no closing quote"),
            ("a{\"b\"=\"1\",b=\"2\"} 1\n", "1:16: the label \"b\" stands twice"),
            ("a{\"b\\\\\"=\"1\",\"b\\\\\"=\"2\"} 1\n", "1:22: the label \"b\\\" stands twice"),
            ("# TYPE \"\" gauge\n", "1:9: the name is empty"),
            ("\"a.b\" 1\n", "1:1: expected a metric name"),
        ])
    func refused(_ text: String, _ expected: String) {
        for mode in Self.modes { #expect(outcome(text, mode) == expected, "\(mode)") }
    }

    @Test("invalid UTF-8 in a quoted name is refused where it stands")
    func invalid() {
        let bytes = Array("{\"a".utf8) + [0xC3] + Array("\"} 1\n".utf8)
        #expect(throws: ExpositionError(line: 1, column: 3, message: "invalid UTF-8")) {
            try ExpositionParser.parse(bytes, mode: .prometheusText)
        }
    }

    @Test("random names and values, written with escapes, come back in every mode and cut at every byte")
    func roundTrip() throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<300 {
            let name = text(&random) + "x"
            var labels: [(name: String, value: String)] = []
            for place in 0..<random.int(0...4) { labels.append((text(&random) + "\(place)", text(&random))) }
            let bytes = withByteCursor(capacity: 256) { cursor in
                cursor.append("{\"")
                cursor.append(escapingLabelValue: name)
                for label in labels {
                    cursor.append("\",\"")
                    cursor.append(escapingLabelValue: label.name)
                    cursor.append("\"=\"")
                    cursor.append(escapingLabelValue: label.value)
                }
                cursor.append("\"} 5\n")
            }
            let expected = ExpositionEvent.sample(ExpositionSample(name: name, labels: labels, value: 5))
            #expect(try ExpositionParser.parse(bytes, mode: .prometheusText) == [expected])
            let open = bytes + Array("# EOF\n".utf8)
            #expect(try ExpositionParser.parse(open, mode: .openMetrics) == [expected, .endOfFile])
            let cut = random.int(0...bytes.count)
            var parser = ExpositionParser(mode: .prometheusText)
            var found: [ExpositionEvent] = []
            try parser.consume(Array(bytes[..<cut])) { found.append($0) }
            try parser.consume(Array(bytes[cut...])) { found.append($0) }
            try parser.finish { found.append($0) }
            #expect(found == [expected])
        }
    }

    private func text(_ random: inout SeededGenerator) -> String {
        let pieces = ["a", "_", ".", "\n", "\"", "\\", "\\n", "é", "🦆", "{", "}", ",", "=", " ", "#", "\u{0}"]
        return (0..<random.int(0...6)).map { _ in pieces[random.int(0...pieces.count - 1)] }.joined()
    }
}
