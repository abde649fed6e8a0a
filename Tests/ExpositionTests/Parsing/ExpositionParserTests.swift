import Exposition
import Testing

@Suite("Reading text formats")
struct ExpositionParserTests {
    private func events(_ text: String, _ mode: ExpositionParser.Mode) throws -> [ExpositionEvent] {
        try ExpositionParser.parse(Array(text.utf8), mode: mode)
    }

    private func failure(_ text: String, _ mode: ExpositionParser.Mode) -> String {
        do {
            return "accepted \(try events(text, mode))"
        } catch {
            return "\(error)"
        }
    }

    private func sample(
        _ name: String, _ labels: [(String, String)], _ value: Double, millis: Int64? = nil
    ) -> ExpositionEvent {
        .sample(
            ExpositionSample(
                name: name, labels: labels.map { (name: $0.0, value: $0.1) }, value: value, timestampMillis: millis))
    }

    @Test("the classic format is read as forgivingly as Prometheus reads it")
    func classic() throws {
        let text = """
            # a comment

            # HELP a_total Things\\nand \\\\ "more".
            # TYPE a_total counter
              a_total { tenant = "x\\"y\\\\z\\n" , cell="erp", } 1.5e3  1700000000000
            \tb\t+Inf
            # TYPE b untyped
            c NaN
            """
        #expect(
            try events(text, .prometheusText) == [
                .help("a_total", "Things\nand \\ \"more\"."), .kind("a_total", .counter),
                sample("a_total", [("tenant", "x\"y\\z\n"), ("cell", "erp")], 1500, millis: 1_700_000_000_000),
                sample("b", [], .infinity), .kind("b", .unknown), sample("c", [], .nan),
            ])
    }

    @Test("OpenMetrics gives timestamps, exemplars and the end")
    func openMetrics() throws {
        let text = """
            # TYPE a counter
            # UNIT a \n\
            a_total{x="1"} 3 1700000000.25 # {trace_id="abc"} 0.5 1700000000.125
            # EOF

            """
        let result = try events(text, .openMetrics)
        guard case .sample(let sample) = result[2] else {
            Issue.record("no sample")
            return
        }
        #expect(sample.timestampMillis == 1_700_000_000_250)
        #expect(
            sample.exemplar
                == ExpositionExemplar(
                    labels: [.init(name: "trace_id", value: "abc")], value: 0.5, timestampSeconds: 1_700_000_000.125))
        #expect(result.last == .endOfFile)
    }

    @Test(
        "an error says where and what",
        arguments: [
            ("a 1\nb{x=\"1\" 2\n", ExpositionParser.Mode.prometheusText, "2:9: expected ',' or '}' after the label"),
            ("a 1\n2b 1\n", .prometheusText, "2:1: expected a metric name"),
            ("a 0x1\n", .prometheusText, "1:3: expected a value"),
            ("a 1_0\n", .prometheusText, "1:3: expected a value"),
            ("a 1e999\n", .prometheusText, "1:3: expected a value"),
            ("a 1 1.5\n", .prometheusText, "1:5: expected a timestamp in milliseconds"),
            ("a{b=\"c\"} 1 99999999999999999999\n", .prometheusText, "1:12: expected a timestamp in milliseconds"),
            ("a{b=\"c} 1\n", .prometheusText, "1:10: the label value has no closing quote"),
            ("# TYPE a meh\n", .prometheusText, "1:10: unknown metric type \"meh\""),
            ("a 1\r\n", .prometheusText, "1:3: expected a value; the line ends with a carriage return"),
            ("a{b=\"1\",b=\"2\"} 1\n", .prometheusText, "1:14: the label \"b\" stands twice"),
            ("a  1\n# EOF\n", .openMetrics, "1:3: expected a value"),
            ("a 1\n", .openMetrics, "2:1: # EOF is missing"),
            ("a 1\na 1\n# EOF\n", .openMetrics, "2:1: the series stands twice"),
        ])
    func errors(_ text: String, _ mode: ExpositionParser.Mode, _ expected: String) {
        #expect(failure(text, mode) == expected)
    }

    @Test("the syntax mode reads what Prometheus reads, though values break the rules of their type")
    func syntaxOnly() throws {
        let text = "# TYPE a summary\na{quantile=\"0.5\"} -1\n# EOF\n"
        #expect(try events(text, .openMetricsSyntax).count == 3)
        #expect(failure(text, .openMetrics) == "2:1: a quantile must not be negative")
        #expect(failure("a 1\n", .openMetricsSyntax) == "2:1: # EOF is missing")
    }

    @Test("invalid UTF-8 is refused where it stands")
    func invalidUTF8() {
        let bytes = Array("a{b=\"".utf8) + [0xFF] + Array("\"} 1\n".utf8)
        #expect(throws: ExpositionError(line: 1, column: 6, message: "invalid UTF-8")) {
            try ExpositionParser.parse(bytes, mode: .prometheusText)
        }
    }

    @Test("a line longer than the limit is refused in whatever pieces it comes")
    func longLine() throws {
        var limits = ExpositionParser.Limits()
        limits.lineBytes = 100
        let text = Array("a 1\nb{c=\"".utf8) + [UInt8](repeating: 120, count: 200) + Array("\"} 1\n".utf8)
        let expected = ExpositionError(line: 2, column: 101, message: "the line is too long")
        for size in [text.count, 1, 60] {
            var parser = ExpositionParser(mode: .prometheusText, limits: limits)
            #expect(throws: expected) {
                for start in stride(from: 0, to: text.count, by: size) {
                    try parser.consume(Array(text[start..<min(start + size, text.count)])) { _ in }
                }
            }
            #expect(throws: expected) { try parser.finish { _ in } }
        }
    }

    @Test("numbers read as the nearest Double")
    func numbers() throws {
        let texts = [
            "0", "-0", "1", "+1.5", ".5", "1.", "1e3", "1E-3", "9007199254740993", "123456789012345678901234567890",
            "0.1", "4.35", "2.2250738585072014e-308", "5e-324", "1e-400", "1.7976931348623157e308", "1e22", "1e23",
            "3.14159265358979323846", "000000000000000000000000000012.5", "0.000000000000000000000000000001",
        ]
        for text in texts {
            let expected = try #require(Double(text))
            #expect(try events("a \(text)\n", .prometheusText) == [sample("a", [], expected)], "\(text)")
        }
    }
}
