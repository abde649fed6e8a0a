import PromQL
import TestSupport
import Testing

@Suite struct CommentedLayoutTests {
    @Test(arguments: [
        ("# all\nsum(a) # why\n# end", "# all\nsum(a) # why\n# end"),
        (
            "sum(rate(a[5m])) # errors\n/ # by\nsum(b) # total\n",
            "  sum(rate(a[5m])) # errors\n/\n  # by\n  sum(b) # total"
        ),
        ("sum by(x) ( # inside\n a # last\n)", "sum by (x) (\n  # inside\n  a # last\n)"),
        (
            "clamp(a, # first\n # second\n 1, 2 # third\n # end\n)",
            "clamp(\n  a, # first\n  # second\n  1,\n  2 # third\n  # end\n)"
        ),
        ("foo{ # c\n a='b'}", "# c\nfoo{a=\"b\"}"), ("- # c\n foo", "# c\n-foo"),
        ("foo{ # c\n a='b'} + b", "# c\nfoo{a=\"b\"} + b"),
        ("max_over_time(sum(a)[5m: # c\n 1m])", "max_over_time(\n  # c\nsum(a)[5m:1m]\n)"),
        ("a{b='# no'} == 1", "a{b=\"# no\"} == 1"), ("time( # c\n)", "# c\ntime()"),
    ])
    func `comments stay where they were`(text: String, formatted: String) throws {
        #expect(try Expression.formatted(text) == formatted)
        #expect(try Expression.formatted(formatted) == formatted)
    }

    @Test func `a comment before a modifier goes before the series`() throws {
        let features = ParserOptions.everything
        for (text, formatted) in [
            ("a # c\n anchored - b", "# c\na anchored - b"), ("rate(a[5m] # c\n smoothed) - b", ""),
        ] {
            let once = try #require(try Expression.formatted(text, options: features))
            #expect(formatted.isEmpty || once == formatted)
            #expect(try Expression.formatted(once, options: features) == once)
        }
    }

    @Test func `random expressions keep every comment and their meaning, and formatting again changes nothing`() throws
    {
        var random = SeededGenerator.forTest(seed: 21)
        for round in 0..<2_000 {
            var text = GrammarQuery.expression(&random)
            guard let expression = try? Parser.parse(text) else { continue }
            text = Self.commented(text, &random)
            guard let commented = try? Parser.parse(text), commented.description == expression.description else {
                continue
            }
            let width = random.oneIn(2) ? 100 : random.int(10...60)
            let formatted = try #require(try Expression.formatted(text, width: width), "\(round): \(text)")
            #expect(try Parser.parse(formatted).description == expression.description, "\(text)")
            #expect(try Expression.formatted(formatted, width: width) == formatted, "\(text)")
        }
    }

    /// Comments at random spaces, of those outside of strings.
    private static func commented(_ text: String, _ random: inout SeededGenerator) -> String {
        var quote: Character?
        var out = ""
        for character in text {
            if quote == nil, "\"'`".contains(character) {
                quote = character
            } else if quote == character, out.last != "\\" {
                quote = nil
            }
            out.append(character)
            if quote == nil, character == " ", random.oneIn(6) {
                out += random.oneIn(2) ? "# trailing \(random.int(0...99))\n" : "\n# own \(random.int(0...99))\n "
            }
        }
        return out
    }
}
