import Exposition
import Foundation
import TestSupport
import Testing

@Suite("OpenMetrics conformance")
struct OpenMetricsConformanceTests {
    private static let folder = "openmetrics/tests/testdata/parsers"

    private struct Verdict: Decodable {
        let shouldParse: Bool
    }

    @Test(
        "all cases of the OpenMetrics project are judged as they are labelled",
        .enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.absence)))
    func cases() throws {
        let names = try Conformance.names(in: Self.folder)
        #expect(names.count == 211)
        for name in names {
            let label = try Conformance.bytes("\(Self.folder)/\(name)/test.json")
            let expected = try JSONDecoder().decode(Verdict.self, from: Data(label)).shouldParse
            let text = try Conformance.bytes("\(Self.folder)/\(name)/metrics")
            var message = "accepted"
            do {
                _ = try ExpositionParser.parse(text, mode: .openMetrics)
            } catch {
                message = "\(error)"
            }
            #expect((message == "accepted") == expected, "\(name): \(message)")
        }
    }

    @Test(
        "large samples parse, whole and in pieces",
        .enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.absence)),
        arguments: [
            ("textparse_alltypes.237mfs.prom.txt", ExpositionParser.Mode.prometheusText),
            ("textparse_alltypes.237mfs.nometa.prom.txt", .prometheusText),
            ("textparse_alltypes.5mfs.om.txt", .openMetricsSyntax), ("textparse_1histogram.om.txt", .openMetrics),
        ])
    func samples(_ name: String, _ mode: ExpositionParser.Mode) throws {
        let text = try Conformance.bytes("openmetrics/\(name)")
        let whole = try ExpositionParser.parse(text, mode: mode)
        #expect(whole.count > 10)
        var parser = ExpositionParser(mode: mode)
        var pieces: [ExpositionEvent] = []
        for start in stride(from: 0, to: text.count, by: 97) {
            try parser.consume(Array(text[start..<min(start + 97, text.count)])) { pieces.append($0) }
        }
        try parser.finish { pieces.append($0) }
        #expect(pieces == whole)
    }

    @Test(
        "no mutation of a sample makes the parser trap, and none changes with the size of the pieces",
        .enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.absence)))
    func mutations() throws {
        var random = SeededGenerator.forTest()
        let bases = try [
            "textparse_alltypes.5mfs.om.txt", "textparse_1histogram.om.txt", "tests/testdata/parsers/roundtrip/metrics",
        ].map { try Conformance.bytes("openmetrics/\($0)") }
        for _ in 0..<600 {
            var text = bases[random.int(0...bases.count - 1)]
            for _ in 0...random.int(0...4) { mutate(&text, &random) }
            for mode in [ExpositionParser.Mode.openMetrics, .openMetricsSyntax, .prometheusText] {
                #expect(outcome(text, mode, pieces: text.count) == outcome(text, mode, pieces: random.int(1...300)))
            }
        }
    }

    private func mutate(_ text: inout [UInt8], _ random: inout SeededGenerator) {
        let interesting: [UInt8] = Array("{}\",=# \n\\\t\r.eE+-_0aN:".utf8) + [0, 0x80, 0xC3, 0xFF]
        guard !text.isEmpty else { return }
        let place = random.int(0...text.count - 1)
        let byte = interesting[random.int(0...interesting.count - 1)]
        switch random.int(0...4) {
        case 0: text[place] = byte
        case 1: text.insert(byte, at: place)
        case 2: text.remove(at: place)
        case 3: text.removeSubrange(place..<min(place + random.int(1...40), text.count))
        default: text.insert(contentsOf: text[place..<min(place + random.int(1...40), text.count)], at: place)
        }
    }

    private func outcome(_ text: [UInt8], _ mode: ExpositionParser.Mode, pieces size: Int) -> [String] {
        var parser = ExpositionParser(mode: mode)
        var events: [String] = []
        var start = 0
        do {
            while start < text.count {
                let end = min(start + max(size, 1), text.count)
                try parser.consume(Array(text[start..<end])) { events.append("\($0)") }
                start = end
            }
            try parser.finish { events.append("\($0)") }
        } catch {
            events.append("\(error)")
        }
        return events
    }
}
