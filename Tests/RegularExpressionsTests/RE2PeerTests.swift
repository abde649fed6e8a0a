import Foundation
import RegularExpressions
import TestSupport
import Testing

/// Random patterns, asked of RE2 and of our engine. `REGEX_PATTERNS` says how many (10,000).
@Suite struct RE2PeerTests {
    @Test(.enabled(if: RE2Peer.python != nil, "google-re2 isn't installed"))
    func `patterns are as valid, and match and catch as much, as RE2 says`() throws {
        let count = ProcessInfo.processInfo.environment["REGEX_PATTERNS"].flatMap(Int.init) ?? 10_000
        var generator = RegexGenerator(random: .forTest(seed: 7))
        let cases = (0..<count).map { _ in generator.next() }
        let verdicts = try RE2Peer.ask(cases)
        try #require(verdicts.count == cases.count)
        var (valid, matched) = (0, 0)
        for (one, verdict) in zip(cases, verdicts) where !isGoSpecific(one.pattern) {
            let regex = try? LinearRegex(one.pattern)
            guard case .groups(let expected) = verdict, let regex else {
                let isAgreed = regex == nil && verdict == .invalid
                #expect(isAgreed, "\(one.pattern.debugDescription) is \(regex == nil ? "invalid" : "valid")")
                continue
            }
            valid += 1
            for (subject, groups) in zip(one.subjects, expected) {
                matched += groups == nil ? 0 : 1
                let found = regex.captures(in: subject)
                #expect(
                    found == groups && regex.matches(subject) == (groups != nil),
                    "\(one.pattern.debugDescription) on \(subject.debugDescription)")
            }
        }
        print("regular expressions: \(count), of which \(valid) are valid; \(matched) texts match")
        #expect(valid > count / 2)
    }

    /// Where Go's regexp/syntax, which Prometheus uses, differs from RE2: it doesn't know `\C`, a single byte, takes the
    /// names of Unicode's classes in any case, and wants ASCII in the names of groups.
    private func isGoSpecific(_ pattern: String) -> Bool {
        if ["\\C", "\\pp", "\\Pp"].contains(where: pattern.contains) { return true }
        return pattern.split(separator: "<").dropFirst().contains { name in
            name.unicodeScalars.prefix { $0 != ">" }.contains { !$0.isASCII }
        }
    }
}
