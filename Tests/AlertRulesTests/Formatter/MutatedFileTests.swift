import TestSupport
import Testing

@testable import AlertRules

@Suite struct MutatedFileTests {
    @Test func `a damaged file never traps, formats once only, and every finding has a place in it`() throws {
        var random = SeededGenerator.forTest(seed: 41)
        let pieces = [
            "|2-\n", ">+\n", "'", "\"", "\\", "&a ", "*a", "!!str ", "# c\n", "{", "}", "[", "]", ": ", "- ", "\r\n",
            "\t",
            "é", "\u{2028}", "\u{feff}", "(", ")", "by(job)", " and ", "\n\n", "  ", "?", "<<: *a", "{{ $value }}", "|",
        ]
        for _ in 0..<500 {
            var scalars = Array(RandomRuleFile.text(&random).unicodeScalars)
            for _ in 0..<random.int(1...4) {
                let place = random.int(0...scalars.count)
                let end = min(scalars.count, place + random.int(0...3))
                scalars.replaceSubrange(
                    place..<end, with: Array(pieces[random.int(0...(pieces.count - 1))].unicodeScalars))
            }
            let text = String(String.UnicodeScalarView(scalars))
            let result = RuleFormatter(text, file: "r.yml")
            #expect(RuleFormatter(result.text, file: "r.yml").text == result.text, "\(text)")
            guard let file = try? RuleFile.parse(text, file: "r.yml") else { continue }
            let lines = text.utf8.reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
            for finding in RuleLint().findings(in: [file]) {
                #expect((1...lines).contains(finding.line) && finding.column >= 1, "\(finding)\n\(text)")
                #expect((finding.endLine, finding.endColumn) >= (finding.line, finding.column), "\(finding)\n\(text)")
            }
        }
    }
}
