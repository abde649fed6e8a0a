import TestSupport
import Testing

@testable import RegularExpressions

@Suite struct RegexSearchTests {
    private func matches(_ pattern: String, in text: [UInt8]) throws -> [String] {
        let search = try RegexSearch(pattern)
        return text.withUnsafeBytes { bytes in
            var found: [String] = []
            let isWhole = search.forEachMatch(in: bytes) { groups in
                found.append(
                    groups.map { $0.map { String(decoding: bytes[$0], as: UTF8.self) } ?? "-" }.joined(separator: "|"))
            }
            #expect(isWhole)
            #expect(search.isFound(in: bytes) == !found.isEmpty)
            return found
        }
    }

    @Test(arguments: [
        ("a+", "xaayaz", ["aa", "a"]), ("token=(\\S+)", "a token=abc token=d", ["token=abc|abc", "token=d|d"]),
        ("^ab", "abab", ["ab"]), ("ab$", "abab", ["ab"]), ("\\bcat\\b", "concat cat cats", ["cat"]),
        ("(a)|(b)", "ba", ["b|-|b", "a|a|-"]), (".+", "a\nb", ["a", "b"]), ("(?m)^b", "a\nb", ["b"]),
        ("x", "", []), ("é", "caf\u{e9}s", ["é"]), ("^\\d{4}-", "2026-11-30", ["2026-"]),
        ("^\\d{4}-", " 2026-11-30", []),
    ])
    func `all matches are found, wherever they stand`(pattern: String, text: String, found: [String]) throws {
        #expect(try matches(pattern, in: Array(text.utf8)) == found)
    }

    @Test func `invalid UTF-8 hides nothing that stands beside it`() throws {
        let text = [0xff, 0xc3] + Array("key=1".utf8) + [0xe2, 0x82] + Array("key=2".utf8) + [0x80]
        #expect(try matches("key=\\d", in: text) == ["key=1", "key=2"])
        #expect(try matches("(?s:.)+", in: text) == ["key=1", "key=2"])
    }

    @Test func `looking far ahead again and again is given up`() throws {
        let search = try RegexSearch("a.*b|a")
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 5000)
        text.withUnsafeBytes { bytes in #expect(!search.forEachMatch(in: bytes) { _ in }) }
    }

    @Test func `the quick answer agrees with the machine on random patterns`() throws {
        var generator = RegexGenerator(random: .forTest(seed: 11))
        var (tried, found) = (0, 0)
        while tried < 1500 {
            let one = generator.next()
            guard let search = try? RegexSearch(one.pattern),
                let whole = try? LinearRegex("(?s:.*)(?:\(one.pattern))(?s:.*)", dotMatchesNewline: false)
            else { continue }
            tried += 1
            for subject in one.subjects {
                let isFound = Array(subject.utf8).withUnsafeBytes { search.isFound(in: $0) }
                #expect(
                    isFound == whole.matches(subject), "\(one.pattern.debugDescription) in \(subject.debugDescription)")
                found += isFound ? 1 : 0
            }
        }
        #expect(found > 1500)
    }
}
