import Exposition
import TestSupport
import Testing

/// The inputs that fuzzing found interesting (Fuzz/Corpus, an input a line in Base64), again, whole and in pieces.
@Suite("Fuzz corpus")
struct FuzzCorpusTests {
    @Test("the text parsers come to the same end however the text is cut, and never trap")
    func text() throws {
        for input in try FuzzCorpus.inputs("text") where input.count >= 2 {
            for mode in [ExpositionParser.Mode.prometheusText, .openMetrics, .openMetricsSyntax] {
                let whole = outcome(input.dropFirst(2), piece: .max) { ExpositionParser(mode: mode) }
                let cut = outcome(input.dropFirst(2), piece: Int(input[1]) % 16 + 1) { ExpositionParser(mode: mode) }
                #expect(whole == cut)
            }
        }
    }

    @Test("the protobuf parser comes to the same end however the message is cut, and never traps")
    func protobuf() throws {
        for input in try FuzzCorpus.inputs("protobuf") where !input.isEmpty {
            let whole = outcome(input.dropFirst(), piece: .max) { ProtobufExpositionParser() }
            let cut = outcome(input.dropFirst(), piece: Int(input[0]) % 16 + 1) { ProtobufExpositionParser() }
            #expect(whole == cut)
        }
    }

    @Test("the negotiation always gives a format that it would give again for its own content type")
    func negotiation() throws {
        for input in try FuzzCorpus.inputs("negotiation") {
            let texts = input.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            let negotiated = NegotiatedExposition.negotiate(accept: texts.first)
            let again = NegotiatedExposition.negotiate(accept: negotiated.contentType)
            #expect(again.format == negotiated.format)
            _ = ContentCoding.negotiate(acceptEncoding: texts.count > 1 ? texts[1] : nil)
            for scheme in NameEscaping.allCases where texts.count > 2 && scheme != .allowUTF8 && !texts[2].isEmpty {
                #expect(MetricName.isValid(scheme.escape(metric: texts[2])))
                _ = scheme.unescape(texts[2])
            }
        }
    }

    private func outcome<Parser: PieceParser>(
        _ bytes: ArraySlice<UInt8>, piece: Int, _ make: () -> Parser
    ) -> Outcome {
        var parser = make()
        var outcome = Outcome()
        do {
            var rest = bytes
            while !rest.isEmpty {
                try parser.consume(Array(rest.prefix(piece))) { outcome.events.append($0) }
                rest = rest.dropFirst(piece)
            }
            try parser.finish { outcome.events.append($0) }
        } catch {
            outcome.error = "\(error)"
        }
        return outcome
    }
}

private struct Outcome: Equatable {
    var events: [ExpositionEvent] = []
    var error: String?

    /// NaN is not equal to NaN, but reads the same.
    static func == (left: Outcome, right: Outcome) -> Bool {
        left.error == right.error && (left.events == right.events || "\(left.events)" == "\(right.events)")
    }
}

/// What both parsers can.
private protocol PieceParser {
    mutating func consume(_ bytes: [UInt8], _ emit: (ExpositionEvent) throws -> Void) throws
    mutating func finish(_ emit: (ExpositionEvent) throws -> Void) throws
}

extension ExpositionParser: PieceParser {}
extension ProtobufExpositionParser: PieceParser {}
