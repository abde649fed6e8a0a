import Exposition
import Testing

@Suite("Text is compared by bytes")
struct ExactTextTests {
    private static let spellings = ["\u{e9}", "e\u{301}"]

    @Test("a label keeps its own spelling beside one that Unicode calls equal")
    func protobuf() throws {
        var writer = FamilyWriter()
        writer.family("g", type: 1, Self.spellings.map { FamilyWriter.number(1, field: 2, [("t", $0)]) })
        let read = try ProtobufExpositionParser.parse(writer.bytes).compactMap { event -> [UInt8]? in
            if case .sample(let sample) = event { return Array(sample.labels[0].value.utf8) }
            return nil
        }
        #expect(read == Self.spellings.map { Array($0.utf8) })
        #expect(ExactText(Self.spellings[0]) != ExactText(Self.spellings[1]))
        let samples = Self.spellings.map { ExpositionSample(name: "g", labels: [("t", $0)], value: 1) }
        #expect(samples[0] != samples[1])
    }

    @Test(
        "families whose names Unicode calls equal are two",
        arguments: [
            ExpositionParser.Mode.openMetrics, .openMetrics2,
        ])
    func families(_ mode: ExpositionParser.Mode) throws {
        let text = Self.spellings.map { "# TYPE \"\($0)\" gauge\n{\"\($0)\"} 1\n" }.joined() + "# EOF\n"
        #expect(try ExpositionParser.parse(Array(text.utf8), mode: mode).count == 5)
        let labels = "a{\"\u{e9}\"=\"1\",\"e\u{301}\"=\"2\"} 1\n# EOF\n"
        #expect(try ExpositionParser.parse(Array(labels.utf8), mode: mode).count == 2)
    }

    @Test("a label that stands twice among many is found")
    func manyLabels() throws {
        let labels = (0..<1000).map { "\"l\\\\\($0)\"=\"\"" }
        let good = Array("a{\(labels.joined(separator: ","))} 1\n".utf8)
        #expect(try ExpositionParser.parse(good, mode: .prometheusText).count == 1)
        let bad = Array("a{\((labels + [labels[3]]).joined(separator: ","))} 1\n".utf8)
        #expect(throws: ExpositionError.self) { try ExpositionParser.parse(bad, mode: .prometheusText) }
    }

    @Test("a line of many buckets and exemplars is read whole")
    func manyExemplars() throws {
        let buckets = (0..<20_000).map { "\($0):1" }.joined(separator: ",")
        let exemplars = (0..<20_000).map { " # {} \($0) 1" }.joined()
        let line = "h {count:1,sum:1,bucket:[\(buckets),+Inf:1]} st@1\(exemplars)\n"
        let events = try ExpositionParser.parse(
            Array("# TYPE h histogram\n\(line)# EOF\n".utf8), mode: .openMetrics2)
        let values = events.compactMap { event -> Double? in
            if case .sample(let sample) = event { return sample.exemplar?.value }
            return nil
        }
        #expect(values == (0..<20_000).map(Double.init))
    }
}
