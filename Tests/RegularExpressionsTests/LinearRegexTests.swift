import Testing

@testable import RegularExpressions

@Suite struct LinearRegexTests {
    /// Pattern, texts that match as a whole, texts that don't.
    static let table: [(String, [String], [String])] = [
        ("", [""], ["a"]), ("abc", ["abc"], ["ab", "abcd", "ABC"]), ("a|bc|", ["a", "bc", ""], ["b", "abc"]),
        ("foo.*", ["foo", "foobar", "foo\n"], ["fo", "xfoo"]), (".*bar", ["bar", "xbar"], ["barx"]),
        (".*mid.*", ["mid", "amidst"], ["md"]), (".+", ["a", "\n"], [""]), ("foo.+", ["foox"], ["foo"]),
        ("a+b*c?", ["a", "aab", "abbc"], ["", "b", "abcc"]), ("a{2,3}", ["aa", "aaa"], ["a", "aaaa"]),
        ("(ab){2}|c{2,}", ["abab", "cc", "cccc"], ["ab", "c"]), ("a{,2}", ["a{,2}"], ["a", "aa"]),
        ("[a-c]x[^a-c]", ["axd", "cx\n"], ["dxd", "axa"]), ("[]a]+", ["]a]"], ["b"]), ("[^]a]", ["b"], ["]"]),
        ("[a\\-z]", ["a", "-", "z"], ["b"]), ("[[:alpha:]_]+", ["ab_"], ["a1"]), ("[[:^digit:]]", ["a"], ["1"]),
        ("\\d+\\.\\w\\s", ["12.a "], ["a.a "]), ("\\D\\W\\S", ["a-b"], ["1-b"]), ("\\x41\\x{1F600}", ["A😀"], ["A"]),
        ("\\Qa.b\\E+", ["a.b", "a.bb"], ["axb"]), ("(?i)straße", ["STRAßE", "straße"], ["strasse"]),
        ("(?i)k", ["k", "K", "\u{212a}"], ["s"]), ("(?i:a)b", ["Ab", "ab"], ["aB"]), ("a(?i)b|c", ["aB", "C"], ["A"]),
        ("(?-s).", ["a"], ["\n"]), ("(?s).", ["\n"], [""]), ("(?m)a$\n^b", ["a\nb"], ["ab"]), ("(?)a", ["a"], ["b"]),
        ("\\p{Greek}+", ["αΩ"], ["a"]), ("\\p{lowercase letter}", ["é"], ["É"]), ("\\x{d800}|a", ["a"], [""]),
        ("^a$", ["a"], ["aa"]), ("[a-c-Z]", ["b", "-", "Z"], ["Y"]),
        ("a\\b.*", ["a", "a b"], ["ab"]), ("\\Ba\\B|x", ["x"], ["a"]), ("\\Aa\\z", ["a"], ["b"]),
        ("\\pL+", ["aÄж"], ["1"]), ("\\p{Lu}\\P{Lu}", ["Aa"], ["aA"]), ("\\p{^Nd}", ["a"], ["5"]),
        ("é+", ["é", "éé"], ["e"]), ("[à-ü]", ["é"], ["e"]), (".", ["é", "😀"], ["ab"]),
        ("(a*)*", ["", "aaa"], ["b"]), ("(?i)\\W", ["-"], ["k"]), ("a(?i)*B", ["b", "aaB"], [""]),
        ("(|a)+b", ["b", "aab"], ["a"]), ("(?:a|ab)(?:c|bcd)", ["ac", "abc", "abcd", "abbcd"], ["abcc"]),
        ("(?P<x>a)(?<y>b)", ["ab"], ["a"]), ("x*?y+?", ["y", "xxyy"], ["x"]), ("(?U)a+", ["aaa"], [""]),
        ("api-(us|eu)-[0-9]{1,2}", ["api-us-1", "api-eu-22"], ["api-us-", "api-us-123"]),
    ]

    @Test(arguments: table)
    func `patterns match whole texts as RE2 does`(pattern: String, hits: [String], misses: [String]) throws {
        let regex = try LinearRegex(pattern)
        for text in hits {
            #expect(regex.matches(text), "\(pattern) on \(text)")
            #expect(regex.captures(in: text) != nil, "\(pattern) on \(text), with groups")
        }
        for text in misses {
            #expect(!regex.matches(text), "\(pattern) on \(text)")
            #expect(regex.captures(in: text) == nil, "\(pattern) on \(text), with groups")
        }
    }

    @Test(arguments: [
        ("(", "missing closing ): `(`"), (")", "unexpected ): `)`"), ("[a", "missing closing ]: `[a`"),
        ("*", "missing argument to repetition operator: `*`"), ("a**", "invalid nested repetition operator: `**`"),
        ("a{1001}", "invalid repeat count: `{1001}`"), ("a{2,1}", "invalid repeat count: `{2,1}`"),
        ("(a{100}){100}", "invalid repeat count: `{100}`"), ("((a{1000}){1000})", "invalid repeat count: `{1000}`"),
        ("\\", "trailing backslash at end of expression: ``"),
        ("\\8", "invalid escape sequence: `\\8`"), ("[z-a]", "invalid character class range: `z-a`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"), ("(?P<1 >a)", "invalid named capture: `(?P<1 >`"),
        ("\\p{Klingon}", "invalid character class range: `\\p{Klingon}`"),
        ("[\\p{L}]{1000}", "expression too large: `[\\p{L}]{1000}`"),
    ])
    func `wrong patterns say what is wrong`(pattern: String, message: String) {
        let error = #expect(throws: RegexError.self) { try LinearRegex(pattern) }
        #expect(error?.description == "error parsing regexp: " + message)
    }

    @Test func `nesting is bounded`() {
        #expect(throws: RegexError.self) { try LinearRegex(String(repeating: "(", count: 100_000)) }
        #expect(throws: RegexError.self) {
            try LinearRegex(String(repeating: "(", count: 300) + String(repeating: ")", count: 300))
        }
    }

    @Test(arguments: ["(a*)*b", "(a|aa)+b", "(.*)(.*)(.*)(.*)x", "(a?){30}a{30}b", "\\b(a+)+\\b!"])
    func `steps grow with the text's length and not faster`(pattern: String) throws {
        let regex = try LinearRegex(pattern)
        let short = regex.machineSteps(String(repeating: "a", count: 500))
        let long = regex.machineSteps(String(repeating: "a", count: 5000))
        #expect(long <= short * 11)
    }

    @Test func `a pattern whose automaton explodes stays within its memory`() throws {
        let regex = try LinearRegex("(.*a)(.{12})(b|c)+")
        var text = ""
        var state: UInt32 = 1
        for _ in 0..<2000 {
            state = state &* 1_664_525 &+ 1_013_904_223
            text += state >> 31 == 0 ? "a" : "d"
        }
        #expect(!regex.matches(text))
        #expect(regex.matches("a" + String(repeating: "d", count: 12) + "bc"))
    }

    @Test(arguments: [
        ("(.*)-(.*)", "a-b-c", "$1", "a-b"), ("(.*?)-(.*)", "a-b-c", "$1", "a"), ("(a)|(b)", "b", "<$1$2>", "<b>"),
        ("(?P<first>.)(.*)", "xyz", "${first}_$2", "x_yz"), ("a", "a", "$1x$$", "$"), ("(.)", "x", "${1}1", "x1"),
        ("(.)", "x", "$", "$"), ("(.)", "x", "$1x", ""), ("(a+)(b*)", "aab", "$2$1$0", "baaaab"),
    ])
    func `templates take what the groups caught`(pattern: String, text: String, template: String, result: String) throws
    {
        #expect(try LinearRegex(pattern).expand(template, in: text) == result)
    }

    @Test func `groups that are read are bounded, and groups that only match are not`() throws {
        let pattern = Array(repeating: "(b)", count: 12_000).joined(separator: "|")
        let error = #expect(throws: RegexError.self) { try LinearRegex(pattern) }
        #expect(error?.reason == "more than 1000000 instructions, multiplied by the number of groups")
        let regex = try LinearRegex(pattern, capturing: false)
        #expect(regex.matches("b") && !regex.matches("bb"))
        #expect(regex.captures(in: "b") == ["b"])
        #expect(try LinearRegex("(a)|([^a])\\b", capturing: false).expand("<$1$0>", in: "a") == "<a>")
        #expect(throws: Never.self) { try LinearRegex(String(repeating: "(.*)-", count: 100)) }
    }

    @Test func `alternatives of a long text are compared directly only while they are small`() throws {
        let pair = "(a|b)"
        let long = String(repeating: "x", count: 20_000)
        #expect(try LinearRegex(pair + "xyz").alternatives == ["axyz", "bxyz"])
        #expect(try LinearRegex("x" + pair + "(?:)y(?:zz)").alternatives == ["xayzz", "xbyzz"])
        #expect(try LinearRegex(pair + long).alternatives?.map(\.utf8.count) == [20_001, 20_001])
        let eight = String(repeating: pair, count: 8)
        #expect(try LinearRegex(eight + "x").alternatives?.count == 256)
        let regex = try LinearRegex(eight + long)
        #expect(regex.alternatives == nil)
        #expect(regex.matches("abababab" + long) && !regex.matches("abababac" + long))
    }

    @Test(arguments: ["a]", "a]|[[:alpha:]]"])
    func `beginnings of named classes that don't end are passed once`(end: String) throws {
        let pattern = "[" + String(repeating: "[:", count: 5000) + end
        var parser = RegexParser(pattern, dotMatchesNewline: true)
        _ = try? parser.parse()
        #expect(parser.passed > 0 && parser.passed <= pattern.unicodeScalars.count)
        #expect(try LinearRegex("[[:a]").matches(":"))
        #expect(try LinearRegex("[[:alpha:][:digit:]]+[[:^space:][:]").matches("a1:"))
    }

    @Test(arguments: [
        String(repeating: "\\pL|", count: 5000), "(?i:" + String(repeating: "\\pL", count: 20_000) + ")",
        "[" + String(repeating: "\\pL", count: 5000) + "]", "(" + String(repeating: "\\pL|", count: 100) + "){1000}",
        "(?i)[" + String(repeating: "!-\u{ffff}", count: 5000) + "]", String(repeating: "(?:){1000}", count: 1000),
    ])
    func `ranges of classes are bounded though they share instructions`(pattern: String) throws {
        let error = #expect(throws: RegexError.self) { try LinearRegex(pattern) }
        #expect(error?.reason == "expression too large")
        var parser = RegexParser(pattern, dotMatchesNewline: true)
        _ = try? parser.parse()
        #expect(parser.work <= RegexProgram.maxWork + 5000)
    }

    @Test func `a class that is used again is folded once`() throws {
        var once = RegexParser("(?i)\\pL", dotMatchesNewline: true)
        var twice = RegexParser("(?i)\\pL\\pL", dotMatchesNewline: true)
        let plain = try once.parse()
        #expect(try twice.parse() == .concatenation([plain, plain]))
        #expect(twice.classes.count == 1 && twice.work < once.work * 2)
        let mixed = try LinearRegex("\\p{Lu}(?i)\\p{Lu}\\P{Lu}(?-i)\\p{Lu}")
        #expect(mixed.matches("Aa1A") && !mixed.matches("aa1A") && !mixed.matches("Aa1a"))
    }

    @Test func `alternations of fixed texts are known to the index`() throws {
        #expect(try LinearRegex("a(b|c)|d").alternatives == ["ab", "ac", "d"])
        #expect(try LinearRegex("a.*").alternatives == nil)
    }
}
