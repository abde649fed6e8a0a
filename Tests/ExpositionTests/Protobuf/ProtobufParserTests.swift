import Exposition
import TestSupport
import Testing

@Suite("Reading protobuf")
struct ProtobufParserTests {
    private func sample(
        _ name: String, _ labels: FamilyWriter.Labels, _ value: Double, millis: Int64? = nil, created: Int64? = nil,
        exemplar: ExpositionExemplar? = nil
    ) -> ExpositionEvent {
        .sample(
            ExpositionSample(
                name: name, labels: labels, value: value, timestampMillis: millis, createdMillis: created,
                exemplar: exemplar))
    }

    private let exemplar = ExpositionExemplar(
        labels: [.init(name: "trace_id", value: "abc")], value: 0.5, timestampSeconds: 1_700_000_000.125)

    @Test("numbers come with labels, times and exemplars, after their family's metadata")
    func numbers() throws {
        var writer = FamilyWriter()
        writer.family(
            "a_total", type: 0, help: "Things\n\"here\".", unit: "things",
            [
                FamilyWriter.number(
                    3, field: 3, [("x", "1"), ("y", "é\"\\\n")], millis: -5, created: 1_600_000_000_250,
                    exemplar: exemplar),
                FamilyWriter.number(4, field: 3, [("x", "1"), ("y", "")]),
            ])
        writer.family("b", type: 1, [FamilyWriter.number(.nan, field: 2)])
        writer.family("c.d", type: 3, [FamilyWriter.number(-.infinity, field: 5, [("e f", "g")])])
        writer.family("no_type", type: nil, [FamilyWriter.number(1, field: 3)])
        writer.family("empty", type: 2, [])
        let expected: [ExpositionEvent] = [
            .kind("a_total", .counter), .help("a_total", "Things\n\"here\"."), .unit("a_total", "things"),
            sample(
                "a_total", [("x", "1"), ("y", "é\"\\\n")], 3, millis: -5, created: 1_600_000_000_250,
                exemplar: exemplar),
            sample("a_total", [("x", "1"), ("y", "")], 4), .kind("b", .gauge), sample("b", [], .nan),
            .kind("c.d", .unknown), sample("c.d", [("e f", "g")], -.infinity), .kind("no_type", .counter),
            sample("no_type", [], 1), .kind("empty", .summary),
        ]
        #expect(try ProtobufExpositionParser.parse(writer.bytes) == expected)
    }

    @Test("a summary and a classic histogram become the samples of the text formats")
    func classic() throws {
        var writer = FamilyWriter()
        writer.family(
            "s", type: 2,
            [
                { metric in
                    metric.append(field: 4) { summary in
                        summary.append(field: 1, varint: 7)
                        summary.append(field: 2, double: 1.5)
                        summary.append(field: 3) { quantile in
                            quantile.append(field: 1, double: 0.99)
                            quantile.append(field: 2, double: 0.25)
                        }
                    }
                }
            ])
        let histogram = ExpositionHistogram(count: 9, sum: 4)
        writer.family(
            "h", type: 4, [FamilyWriter.native(histogram, [("a", "b")], buckets: [(0.5, 3), (1, 5), (1e6, 8)])])
        writer.family("g", type: 5, [FamilyWriter.native(histogram, buckets: [(.infinity, 9)], created: 5)])
        #expect(
            try ProtobufExpositionParser.parse(writer.bytes) == [
                .kind("s", .summary), sample("s", [("quantile", "0.99")], 0.25), sample("s_sum", [], 1.5),
                sample("s_count", [], 7), .kind("h", .histogram), sample("h_bucket", [("a", "b"), ("le", "0.5")], 3),
                sample("h_bucket", [("a", "b"), ("le", "1.0")], 5),
                sample("h_bucket", [("a", "b"), ("le", "1e+06")], 8),
                sample("h_bucket", [("a", "b"), ("le", "+Inf")], 9), sample("h_sum", [("a", "b")], 4),
                sample("h_count", [("a", "b")], 9), .kind("g", .gaugehistogram),
                sample("g_bucket", [("le", "+Inf")], 9, created: 5), sample("g_sum", [], 4, created: 5),
                sample("g_count", [], 9, created: 5),
            ])
    }

    @Test("native histograms come with absolute counts, however deltas are laid out", arguments: [false, true])
    func native(_ isPacked: Bool) throws {
        let integer = ExpositionHistogram(
            schema: 3, zeroThreshold: 1e-128, zeroCount: 2, count: 21, sum: -0.5,
            positiveSpans: [.init(offset: -3, length: 2), .init(offset: 4, length: 1)], positiveCounts: [5, 0, 10],
            negativeSpans: [.init(offset: 7, length: 1)], negativeCounts: [4])
        let float = ExpositionHistogram(
            schema: -4, zeroThreshold: 0, zeroCount: 0, count: 1.5, sum: .nan,
            positiveSpans: [.init(offset: 0, length: 2)], positiveCounts: [0.25, 1.25], isFloat: true, isGauge: true)
        let empty = ExpositionHistogram(positiveSpans: [.init(offset: 0, length: 0)])
        var writer = FamilyWriter()
        writer.family(
            "h", type: 4,
            [
                FamilyWriter.native(integer, [("a", "b")], created: 9, exemplars: [exemplar], isPacked: isPacked),
                FamilyWriter.native(empty, isPacked: isPacked),
                FamilyWriter.native(integer, buckets: [(1, 3)], isPacked: isPacked),
            ])
        writer.family("g", type: 5, [FamilyWriter.native(float, isPacked: isPacked)])
        func event(_ name: String, _ histogram: ExpositionHistogram) -> ExpositionEvent {
            .histogram(ExpositionHistogramSample(name: name, labels: [], histogram: histogram))
        }
        #expect(
            try ProtobufExpositionParser.parse(writer.bytes) == [
                .kind("h", .histogram),
                .histogram(
                    ExpositionHistogramSample(
                        name: "h", labels: [("a", "b")], histogram: integer, createdMillis: 9, exemplars: [exemplar])),
                event("h", empty), event("h", integer), sample("h_bucket", [("le", "1.0")], 3),
                sample("h_bucket", [("le", "+Inf")], 21), sample("h_sum", [], -0.5), sample("h_count", [], 21),
                .kind("g", .gaugehistogram), event("g", float),
            ])
    }

    @Test("unknown fields of every layout are stepped over at every level")
    func unknownFields() throws {
        func noise(_ cursor: inout ByteCursor) {
            cursor.append(field: 200, varint: .max)
            cursor.append(field: 201, double: 1)
            cursor.append(field: 202, text: "what")
            cursor.append(tag: 203, .fixed32)
            for byte in 1...4 { cursor.append(UInt8(byte)) }
            // A field that is known, in a layout that is not.
            cursor.append(field: 1, varint: 3)
        }
        let bytes = withByteCursor(capacity: 64) { cursor in
            cursor.append(delimited: { family in
                family.append(field: 1, text: "a")
                noise(&family)
                family.append(field: 4) { metric in
                    noise(&metric)
                    metric.append(field: 3) { counter in
                        noise(&counter)
                        counter.append(field: 1, double: 5)
                    }
                }
            })
        }
        #expect(try ProtobufExpositionParser.parse(bytes) == [.kind("a", .counter), sample("a", [], 5)])
    }

    @Test(
        "an error says the byte and the field",
        arguments: [
            ([0x05, 0x0A, 0x01], "byte 3: family: the stream is cut off"),
            ([0x80], "byte 1: the stream is cut off"),
            ([0x00], "byte 0: an empty family"),
            ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "byte 0: the number has more than 64 bits"),
            ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], "byte 0: a family of 68719476735 bytes, more than 4294967296"),
            (
                [0x03, 0x0A, 0x09, 0x61],
                "byte 1: family: a field of 11 bytes exceeds the 3 bytes that are left of the family"
            ),
            ([0x02, 0x0B, 0x01], "byte 1: family: unknown wire type 3"),
            ([0x02, 0x02, 0x01], "byte 1: family: field number 0"),
            ([0x03, 0x0A, 0x01, 0xFF], "byte 3: family: invalid UTF-8"),
            ([0x02, 0x18, 0x09], "byte 2: family: unknown metric type 9"),
            ([0x02, 0x22, 0x00], "byte 3: family: a family without a name before its metrics"),
            ([0x05, 0x0A, 0x01, 0x61, 0x22, 0x00], "byte 6: metric: the metric has no counter"),
            (
                [0x07, 0x0A, 0x01, 0x61, 0x22, 0x02, 0x0A, 0x05],
                "byte 7: metric: the length 5 exceeds the 0 bytes that are left"
            ),
            (
                [0x09, 0x0A, 0x01, 0x61, 0x22, 0x04, 0x1A, 0x02, 0x09, 0x05],
                "byte 9: metric.counter: the number is cut off"
            ),
        ] as [([UInt8], String)])
    func errors(_ bytes: [UInt8], _ expected: String) {
        for size in [bytes.count, 1] {
            var parser = ProtobufExpositionParser()
            var message = "accepted"
            do {
                for start in stride(from: 0, to: bytes.count, by: size) {
                    try parser.consume(Array(bytes[start..<min(start + size, bytes.count)])) { _ in }
                }
                try parser.finish { _ in }
            } catch {
                message = "\(error)"
            }
            #expect(message == expected)
        }
    }

    @Test(
        "a histogram that contradicts itself is refused",
        arguments: [
            (
                ExpositionHistogram(count: 1, positiveSpans: [.init(offset: 0, length: 3)], positiveCounts: [1]),
                "the positive spans hold 3 buckets, but there are 1 counts"
            ),
            (
                ExpositionHistogram(
                    count: 1, negativeSpans: [.init(offset: 0, length: 1), .init(offset: -1, length: 0)],
                    negativeCounts: [1]), "the negative spans overlap"
            ),
            (
                ExpositionHistogram(
                    count: 1, positiveSpans: [.init(offset: .max, length: .max)], positiveCounts: [1]),
                "the positive spans reach too far"
            ),
            (
                ExpositionHistogram(count: 1, positiveSpans: [.init(offset: 0, length: 1)], positiveCounts: [-1]),
                "a positive count is out of range"
            ),
            (ExpositionHistogram(schema: 9, zeroThreshold: 1, count: 1), "unknown schema 9"),
        ])
    func contradictions(_ histogram: ExpositionHistogram, _ expected: String) {
        var writer = FamilyWriter()
        writer.family("h", type: 4, [FamilyWriter.native(histogram)])
        do {
            Issue.record("accepted \(try ProtobufExpositionParser.parse(writer.bytes))")
        } catch {
            #expect("\(error)".hasSuffix(": metric.histogram: \(expected)"), "\(error)")
        }
    }

    @Test("a family larger than every limit streams in odd pieces and small memory")
    func streaming() throws {
        let metric = withByteCursor(capacity: 256) { cursor in
            cursor.append(
                field: 4,
                message: FamilyWriter.number(7, field: 3, [("tenant", String(repeating: "t", count: 100)), ("c", "d")]))
        }
        let count = 30_000
        var head = withByteCursor(capacity: 64) { $0.append(field: 1, text: "a_total") }
        let length = UInt64(head.count + count * metric.count)
        head = withByteCursor(capacity: 16) { $0.append(varint: length) } + head
        var limits = ProtobufExpositionParser.Limits()
        limits.fieldBytes = 200
        var parser = ProtobufExpositionParser(limits: limits)
        var samples = 0
        var piece = head
        var random = SeededGenerator.forTest()
        for _ in 0..<count {
            piece += metric
            let cut = random.int(0...piece.count)
            try parser.consume(Array(piece[..<cut])) { if case .sample = $0 { samples += 1 } }
            piece.removeFirst(cut)
        }
        try parser.consume(piece) { if case .sample = $0 { samples += 1 } }
        try parser.finish { _ in }
        #expect(samples == count)

        limits.fieldBytes = 100
        var tight = ProtobufExpositionParser(limits: limits)
        #expect(throws: ProtobufExpositionError.self) { try tight.consume(head + metric) { _ in } }
    }

    /// The samples of a histogram (field 7) or summary (4) with so many empty buckets or quantiles, or the error.
    private func expansion(_ type: UInt64, field: Int, labels: Int, parts: Int) -> (samples: Int, error: String) {
        var writer = FamilyWriter()
        writer.family(
            "h", type: type,
            [
                { metric in
                    FamilyWriter.labels((0..<labels).map { ("l\($0)", "") }, to: &metric)
                    metric.append(field: field) { inner in
                        for _ in 0..<parts { inner.append(field: 3) { _ in } }
                    }
                }
            ])
        var parser = ProtobufExpositionParser()
        var samples = 0
        do {
            try parser.consume(writer.bytes) { if case .sample = $0 { samples += 1 } }
        } catch { return (samples, "\(error)") }
        return (samples, "")
    }

    @Test("many empty buckets or quantiles with many labels are refused before one is emitted")
    func expansionBound() {
        for (type, field, what) in [(4, 7, "buckets"), (2, 4, "quantiles")] as [(UInt64, Int, String)] {
            let refused = expansion(type, field: field, labels: 1000, parts: 20_000)
            #expect(refused.samples == 0)
            #expect(
                refused.error.contains("20000 \(what) with 1000 labels are too many; at most 261"), "\(refused.error)")
            let accepted = expansion(type, field: field, labels: 100, parts: 1000)
            #expect(accepted.error.isEmpty && accepted.samples >= 1002, "\(accepted.error)")
            #expect(expansion(type, field: field, labels: 1000, parts: 261).error.isEmpty)
            #expect(!expansion(type, field: field, labels: 1000, parts: 262).error.isEmpty)
        }
    }
}
