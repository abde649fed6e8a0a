import Exposition
import TestSupport
import Testing

@Suite("Protobuf, random")
struct ProtobufModelTests {
    /// A random stream and what it holds.
    private func stream(_ random: inout SeededGenerator) -> (bytes: [UInt8], events: [ExpositionEvent]) {
        var writer = FamilyWriter()
        var events: [ExpositionEvent] = []
        for index in 0...random.int(0...3) {
            let name = "family.\(index)"
            var metrics: [(inout ByteCursor) -> Void] = []
            let isHistogram = random.int(0...1) == 0
            events.append(.kind(name, isHistogram ? .histogram : .gauge))
            for place in 0...random.int(0...4) {
                let labels = (0..<random.int(0...3)).map { (name: "l\($0)", value: text(&random)) }
                if isHistogram {
                    let histogram = histogram(&random)
                    metrics.append(FamilyWriter.native(histogram, labels, isPacked: place % 2 == 0))
                    events.append(
                        .histogram(ExpositionHistogramSample(name: name, labels: labels, histogram: histogram)))
                } else {
                    let value = Double(bitPattern: random.next())
                    let millis = random.int(0...1) == 0 ? Int64(bitPattern: random.next()) : nil
                    metrics.append(FamilyWriter.number(value, field: 2, labels, millis: millis))
                    events.append(
                        .sample(ExpositionSample(name: name, labels: labels, value: value, timestampMillis: millis)))
                }
            }
            writer.family(name, type: isHistogram ? 4 : 1, metrics)
        }
        return (writer.bytes, events)
    }

    private func text(_ random: inout SeededGenerator) -> String {
        let pieces = ["", "a", "\n", "\"", "\\", "é", "🦆", String(repeating: "x", count: 200)]
        return (0..<random.int(0...4)).map { _ in pieces[random.int(0...pieces.count - 1)] }.joined()
    }

    private func histogram(_ random: inout SeededGenerator) -> ExpositionHistogram {
        let isFloat = random.int(0...1) == 0
        func side(_ random: inout SeededGenerator) -> ([BucketSpan], [Double]) {
            let spans = (0..<random.int(1...3)).map { place in
                BucketSpan(
                    offset: Int32(random.int((place == 0 ? -1000 : 0)...1000)), length: UInt32(random.int(0...5)))
            }
            let counts = (0..<spans.reduce(0) { $0 + Int($1.length) }).map { _ in
                Double(random.int(0...1_000_000)) + (isFloat ? 0.5 : 0)
            }
            return (spans, counts)
        }
        let (positive, negative) = (side(&random), side(&random))
        return ExpositionHistogram(
            schema: Int32(random.int(-4...8)), zeroThreshold: random.int(0...1) == 0 ? 0 : 0.001,
            zeroCount: Double(random.int(0...9)), count: Double(random.int(1...1_000_000)), sum: 1.25,
            positiveSpans: positive.0, positiveCounts: positive.1, negativeSpans: negative.0,
            negativeCounts: negative.1, isFloat: isFloat)
    }

    @Test("what is written is read back, whole and cut at every byte")
    func roundTrip() throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<150 {
            let (bytes, events) = stream(&random)
            #expect(try ProtobufExpositionParser.parse(bytes) == events)
        }
        let (bytes, events) = stream(&random)
        for cut in 0...bytes.count {
            var parser = ProtobufExpositionParser()
            var found: [ExpositionEvent] = []
            try parser.consume(Array(bytes[..<cut])) { found.append($0) }
            try parser.consume(Array(bytes[cut...])) { found.append($0) }
            try parser.finish { found.append($0) }
            #expect(found == events)
        }
    }

    @Test("no mutation makes the parser trap, and none changes with the size of the pieces")
    func mutations() {
        var random = SeededGenerator.forTest()
        for _ in 0..<600 {
            var (bytes, _) = stream(&random)
            for _ in 0...random.int(0...3) {
                let place = random.int(0...bytes.count - 1)
                switch random.int(0...3) {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes[place] ^= 1 << UInt8(random.int(0...7))
                case 2: bytes.insert([0, 0x80, 0xFF, 0x7F][random.int(0...3)], at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            #expect(outcome(bytes, bytes.count) == outcome(bytes, random.int(1...20)))
        }
    }

    private func outcome(_ bytes: [UInt8], _ size: Int) -> [String] {
        var parser = ProtobufExpositionParser()
        var found: [String] = []
        do {
            for start in stride(from: 0, to: bytes.count, by: size) {
                try parser.consume(Array(bytes[start..<min(start + size, bytes.count)])) { found.append("\($0)") }
            }
            try parser.finish { found.append("\($0)") }
        } catch {
            found.append("\(error)")
        }
        return found
    }
}
