import Exposition
import TestSupport
import Testing

@Suite("Streaming")
struct StreamingTests {
    @Test("a text larger than every limit is read in odd pieces with small memory", arguments: [false, true])
    func largerThanLimits(_ usesViews: Bool) throws {
        var limits = ExpositionParser.Limits()
        limits.lineBytes = 200
        var parser = ExpositionParser(mode: .prometheusText, limits: limits)
        var random = SeededGenerator.forTest()
        let lines = 40_000
        var pending: [UInt8] = []
        var (written, found, sum) = (0, 0, 0.0)
        let take: (String, Double) -> Void = { name, value in
            if name == "requests_total" { found += 1 }
            sum += value
        }
        while written < lines || !pending.isEmpty {
            while pending.count < 4000, written < lines {
                pending += Array("requests_total{tenant=\"t\(written % 97)\",code=\"200\"} \(written)\n".utf8)
                written += 1
            }
            let size = min(random.int(1...3000), pending.count)
            try pending[..<size].withUnsafeBytes { piece in
                if usesViews {
                    try parser.consume(piece, samples: { take($0.name.string, $0.value) }, others: { _ in })
                } else {
                    try parser.consume(piece) { if case .sample(let sample) = $0 { take(sample.name, sample.value) } }
                }
            }
            pending.removeFirst(size)
        }
        try parser.finish { _ in }
        #expect(found == lines)
        #expect(sum == Double(lines) * Double(lines - 1) / 2)
    }

    private static let text = """
        # HELP a_total Some "é" \\\\ text.
        # TYPE a_total counter
        a_total{x="1",y="\\"\\n"} 5 1700000000000

        {"b.c","d é"="e"} -1.5e-3
        a 1
        """

    private static let openMetrics = """
        # TYPE a counter
        # UNIT a \n\
        # HELP a Text.
        a_total{x="1"} 5 1.5 # {t="é"} 2 3
        # TYPE h histogram
        h_bucket{le="1.0"} 1 # {} 0.5
        h_bucket{le="+Inf"} 2
        # EOF

        """

    @Test("two pieces give what one gives, wherever the text is cut")
    func everyCut() throws {
        let cases = [(Self.text, ExpositionParser.Mode.prometheusText), (Self.openMetrics, .openMetrics)]
        for (text, mode) in cases {
            let bytes = Array(text.utf8)
            let whole = try ExpositionParser.parse(bytes, mode: mode)
            for cut in 0...bytes.count {
                var parser = ExpositionParser(mode: mode)
                var found: [ExpositionEvent] = []
                try parser.consume(Array(bytes[..<cut])) { found.append($0) }
                try parser.consume(Array(bytes[cut...])) { found.append($0) }
                try parser.finish { found.append($0) }
                #expect(found == whole, "cut at \(cut)")
            }
        }
    }

    @Test("views tell what samples tell")
    func views() throws {
        var samples: [ExpositionSample] = []
        var others: [ExpositionEvent] = []
        for size in [1, 7, 1000] {
            let bytes = Array(Self.text.utf8)
            (samples, others) = ([], [])
            var parser = ExpositionParser(mode: .prometheusText)
            let take: (borrowing ExpositionSampleView) -> Void = { view in
                var labels: [(name: String, value: String)] = []
                view.forEachLabel { labels.append(($0.string, $1.string)) }
                #expect(labels.count == view.labelCount)
                for (index, label) in labels.enumerated() {
                    #expect(view.labelName(at: index).isEqual(to: label.name))
                    #expect(view.labelValue(at: index).isEqual(to: label.value))
                    #expect(!view.labelValue(at: index).isEqual(to: label.value + "x"))
                }
                #expect(view.labelValue(at: labels.count).string.isEmpty)
                samples.append(
                    ExpositionSample(
                        name: view.name.string, labels: labels, value: view.value,
                        timestampMillis: view.timestampMillis))
            }
            for start in stride(from: 0, to: bytes.count, by: size) {
                try bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { piece in
                    try parser.consume(piece, samples: take, others: { others.append($0) })
                }
            }
            try parser.finish(samples: take, others: { others.append($0) })
            let expected = try ExpositionParser.parse(bytes, mode: .prometheusText)
            #expect(others + samples.map(ExpositionEvent.sample) == expected)
        }
    }

    @Test("what a closure throws comes through, and a broken text stays broken")
    func errors() throws {
        struct Enough: Error {}
        var parser = ExpositionParser(mode: .prometheusText)
        #expect(throws: Enough.self) { try parser.consume(Array("a 1\nb 2\n".utf8)) { _ in throw Enough() } }
        var broken = ExpositionParser(mode: .prometheusText)
        let expected = ExpositionError(line: 2, column: 3, message: "expected a value")
        #expect(throws: expected) { try broken.consume(Array("a 1\nb x\nc 1\n".utf8)) { _ in } }
        #expect(throws: expected) { try broken.consume(Array("c 1\n".utf8)) { _ in } }
        #expect(throws: expected) { try broken.finish { _ in } }
    }
}
