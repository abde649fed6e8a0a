import TestSupport
import Testing

@testable import AlertRules

/// Outputs were measured with promtool 2.42 (Go's text/template) on the same sample, where nothing else is said.
@Suite struct TemplateTests {
    static let sample = TemplateSample(labels: ["__name__": "m", "foo": "bar", "x": "a\"b"], value: 1_048_576.5)
    static let environment = TemplateEnvironment(
        timestampMillis: 60_000, externalURL: "http://ex:9090/pre",
        query: { text in
            if text == "broken" { throw TemplateFunction.Failure("1:7: parse error: unexpected end of input") }
            return text == "m" ? [sample] : []
        })

    static func expand(_ text: String) -> String {
        do {
            let template = try Template(text, name: "__alert_A")
            return template.expandOrExplain(sample, externalLabels: ["x": "EL"], environment: environment)
        } catch {
            return "parse: \(error.message)"
        }
    }

    @Test(
        "Values print as Go prints them",
        arguments: [
            (
                "{{ $value }} {{ 1048576.0 }} {{ 1e20 }} {{ 123456789.0 }}",
                "1.0485765e+06 1.048576e+06 1e+20 1.23456789e+08"
            ),
            ("{{ $labels }}", "map[__name__:m foo:bar x:a\"b]"),
            ("{{ . }}", "{map[__name__:m foo:bar x:a\"b] map[x:EL] http://ex:9090/pre 1.0485765e+06}"),
            ("{{ $labels.nope }}|{{ .Labels.foo }}", "|bar"),
            ("{{ args 1 \"b\" }} {{ (args 1 \"b\").arg0 }} {{ (args 1).zzz }}", "map[arg0:1 arg1:b] 1 <no value>"),
            ("{{ \"a\\tb\" }} {{ `raw` }} {{ 'x' }} {{ 0x10 }} {{ 1_000 }} {{ true }}", "a\tb raw 120 16 1000 true"),
            ("{{ print 1 2 \"x\" \"y\" 3 }} {{ println \"a\" 1 }}", "1 2xy3 a 1\n"),
            ("{{ 0.00001 }} {{ 100000.0 }} {{ 0.5 }} {{ -0.0 }}", "1e-05 100000 0.5 -0"),
        ])
    func values(text: String, expected: String) {
        #expect(TemplateTests.expand(text) == expected)
    }

    @Test(
        "printf knows Go's verbs, and says what is wrong with the others",
        arguments: [
            (
                "\"%v %g %f %e %d %s %q %5.2f|%-6s|%06d|%x\" 1e7 1e7 1.5 1.5 3 \"x\" \"y\\\"\" 3.1416 \"ab\" 42 \"hi\"",
                "1e+07 1e+07 1.500000 1.500000e+00 3 x \"y\\\"\"  3.14|ab    |000042|6869"
            ),
            ("\"%d\" \"x\"", "%!d(string=x)"), ("\"%d\"", "%!d(MISSING)"),
            ("\"a\" 1 2.5 \"x\"", "a%!(EXTRA int=1, float64=2.5, string=x)"),
            (
                "\"%t %c %U %5t %+d % d %#x %08.3f %+v %s\" true 65 65 true 5 5 255 3.14159 $value 5",
                "true A U+0041  true +5  5 0xff 0003.142 1.0485765e+06 %!s(int=5)"
            ),
            ("\"%v %T\" $labels $labels", "map[__name__:m foo:bar x:a\"b] map[string]string"),
            ("\"100%%\"", "100%"), ("\"%.3s|%3d|%-3d|\" \"abcdef\" 7 7", "abc|  7|7  |"),
        ])
    func formats(arguments: String, expected: String) {
        #expect(TemplateTests.expand("{{ printf \(arguments) }}") == expected)
    }

    @Test(
        "Control structures follow Go's rules",
        arguments: [
            ("{{ $x := \"a\" }}{{ if true }}{{ $x = \"b\" }}{{ end }}{{ $x }}", "b"),
            ("{{ if gt $value 2e6 }}big{{ else if gt $value 1e6 }}mid{{ else }}small{{ end }}", "mid"),
            ("{{ with query \"nope\" }}yes{{ else }}no{{ end }}", "no"),
            ("{{ with query \"m\" }}{{ . | first | value }}{{ end }}", "1.0485765e+06"),
            (
                "{{ range $i, $v := query \"m\" }}{{ $i }} {{ $v.Labels.foo }} {{ .Value }}{{ end }}",
                "0 bar 1.0485765e+06"
            ),
            ("{{ range $k, $v := $labels }}{{ $k }}={{ $v }};{{ end }}", "__name__=m;foo=bar;x=a\"b;"),
            (
                "{{ range 4 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ if gt . 2 }}{{ break }}{{ end }}{{.}}{{ end }}",
                "02"
            ),
            ("{{ range query \"nope\" }}x{{ else }}none{{ end }}", "none"),
            (
                "{{ define \"t\" }}<{{ . }}>{{ end }}{{ template \"t\" $value }}{{ template \"t\" }}",
                "<1.0485765e+06><<no value>>"
            ),
            ("{{ block \"b\" $labels.foo }}[{{ . }}]{{ end }}", "[bar]"),
            ("a  {{- /* comment */ -}}  b {{- \" c\" -}} \n d", "ab cd"),
            (
                "{{ and 1 0 }} {{ or 0 \"\" \"x\" }} {{ not 1 }} {{ eq 1 1 2 }} {{ eq \"a\" \"b\" \"a\" }}",
                "0 x false true true"
            ),
            ("{{ lt 1 2 }} {{ le \"a\" \"b\" }} {{ ne 1.0 2.0 }} {{ ge 2 2 }}", "true true true true"),
            ("{{ len \"abc\" }} {{ index $labels \"foo\" }} {{ slice \"abcdef\" 1 3 }}", "3 bar bc"),
            (
                "{{ html \"<a&b>\" }} {{ js \"it's <\" }} {{ urlquery \"a b&c\" }}",
                "&lt;a&amp;b&gt; it\\'s \\u003C a+b%26c"
            ),
            ("{{ \"x\" | printf \"%s-%s\" \"y\" }}", "y-x"),
        ])
    func control(text: String, expected: String) {
        #expect(TemplateTests.expand(text) == expected)
    }

    @Test(
        "Prometheus's functions give Prometheus's texts",
        arguments: [
            (
                "{{ humanizeDuration 90061 }}|{{ humanizeDuration 0.001 }}|{{ humanizeDuration 0 }}",
                "1d 1h 1m 1s|1ms|0s"
            ),
            (
                "{{ humanize 0.0123 }} {{ humanize 123456789 }} {{ humanize 0 }} {{ humanize \"1e3\" }}",
                "12.3m 123.5M 0 1k"
            ),
            (
                "{{ humanize1024 123456789 }} {{ humanize1024 1 }} {{ humanizePercentage 0.1234567 }}",
                "117.7Mi 1 12.35%"
            ),
            ("{{ humanizeTimestamp 1643114203.123 }}", "2022-01-25 12:36:43.122 +0000 UTC"),
            ("{{ (toTime $value).Format \"2006-01-02 15:04:05 MST Mon Jan\" }}", "1970-01-13 03:16:16 UTC Tue Jan"),
            (
                "{{ toTime $value }} {{ (toTime 0).Year }} {{ toDuration 90.5 }}",
                "1970-01-13 03:16:16.5 +0000 UTC 1970 1m30.5s"
            ),
            ("{{ parseDuration \"1h30m\" }} {{ now }}", "5400 60"),
            ("{{ toUpper \"é\" }} {{ title \"hello wORLD foo-bar\" }}", "É Hello WORLD Foo-Bar"),
            ("{{ stripDomain \"a.b.c:80\" }} {{ stripPort \"a:80\" }} {{ stripPort \"[::1]:6006\" }}", "a:80 a ::1"),
            ("{{ stripDomain \"1.2.3.4:80\" }} {{ stripPort \"a\" }}", "1.2.3.4:80 a"),
            ("{{ graphLink \"up == 1\" }}", "/graph?g0.expr=up+%3D%3D+1&g0.tab=0"),
            ("{{ tableLink \"a\" }} {{ urlQueryEscape \"a/b\" }}", "/graph?g0.expr=a&g0.tab=1 a%2Fb"),
            ("{{ safeHtml \"<b>\" }} {{ externalURL }} {{ pathPrefix }}", "<b> http://ex:9090/pre /pre"),
            (
                "{{ reReplaceAll \"(a)(b)\" \"$2${1}x\" \"abab\" }} {{ match \"b$\" \"ab\" }}",
                "baxbax true"
            ),
            (
                "{{ reReplaceAll \"r.*d\" \"replaced\" \"rpld text\" }} {{ reReplaceAll \"^a\" \"x\" \"aaa\" }}",
                "replaced text xaa"
            ),
            ("{{ reReplaceAll \"\" \"-\" \"ab\" }} {{ reReplaceAll \"b*\" \"-\" \"abb\" }}", "-a-b- -a-"),
            ("{{ reReplaceAll \"(?P<x>[0-9]+)\" \"<${x}>\" \"a1b22\" }}", "a<1>b<22>"),
            // Matches are bytes of the text, not what looks like a character.
            ("{{ reReplaceAll \"\\n\" \" \" \"a\\r\\nb\" }}", "a\r b"),
            ("{{ reReplaceAll \"\\u0301\" \"\" \"e\\u0301x\" }} {{ reReplaceAll \"🇩\" \"D\" \"🇩🇪🇫🇷\" }}", "ex D🇪🇫🇷"),
            ("{{ reReplaceAll \"\" \"-\" \"🇩🇪\" }} {{ reReplaceAll \"\\\\bb|a\" \"x\" \"ab b\" }}", "-🇩-🇪- xb x"),
            ("{{ $externalURL }} {{ $externalLabels.x }}", "http://ex:9090/pre EL"),
            ("{{ strvalue (query \"m\" | first) }}|{{ query \"m\" | first | label \"foo\" }}", "|bar"),
        ])
    func functions(text: String, expected: String) {
        #expect(TemplateTests.expand(text) == expected)
    }

    @Test(
        "A failure names the place and the reason in Go's words",
        arguments: [
            ("{{ title 5 }}", "1:121 at <5>: expected string; found 5"),
            (
                "{{ $value | toUpper }}",
                "1:124 at <toUpper>: wrong type for value; expected string; got float64"
            ),
            (
                "{{ query \"nope\" | first | value }}",
                "1:130 at <first>: error calling first: first() called on vector with no elements"
            ),
            (
                "{{ humanize \"x\" }}",
                "1:115 at <humanize \"x\">: error calling humanize: strconv.ParseFloat: parsing \"x\": invalid syntax"
            ),
            (
                "{{ gt $value 5 }}",
                "1:115 at <gt $value 5>: error calling gt: incompatible types for comparison"
            ),
            ("{{ title }}", "1:115 at <title>: wrong number of args for title: want 1 got 0"),
            (
                "{{ title \"a\" \"b\" }}",
                "1:115 at <title>: wrong number of args for title: want 1 got 2"
            ),
            (
                "{{ template \"x\" }}",
                "1:124 at <{{template \"x\"}}>: template \"x\" not defined"
            ),
            (
                "{{ index $labels 3 }}",
                "1:115 at <index $labels 3>: error calling index: value has type int; should be string"
            ),
            ("{{ nil }}", "1:115 at <nil>: nil is not a command"),
            (
                "{{ $value.Foo }}",
                "1:121 at <$value.Foo>: can't evaluate field Foo in type float64"
            ),
            (
                "{{ $labels.foo.bar }}",
                "1:122 at <$labels.foo.bar>: can't evaluate field bar in type string"
            ),
            (
                "{{ query \"broken\" }}",
                "1:115 at <query \"broken\">: error calling query: 1:7: parse error: unexpected end of input"
            ),
        ])
    func failures(text: String, expected: String) throws {
        let prefix = "<error expanding template: error executing template __alert_A: template: __alert_A:"
        let got = TemplateTests.expand(text)
        #expect(got.hasPrefix(prefix) && got.contains(": executing \"__alert_A\" at <"))
        let short = got.dropFirst(prefix.count).dropLast()
        let marker = ": executing \"__alert_A\""
        let cut = try #require(short.firstRange(of: marker))
        #expect(short[..<cut.lowerBound] + short[cut.upperBound...] == expected)
    }

    @Test(
        "A template that cannot be parsed says why",
        arguments: [
            ("{{ $label.foo }}", "template: __alert_A:1: undefined variable \"$label\""),
            ("{{ nope }}", "template: __alert_A:1: function \"nope\" not defined"),
            ("{{ if }}x{{ end }}", "template: __alert_A:1: missing value for if"),
            ("{{ if true }}x", "template: __alert_A:1: unexpected EOF"),
            ("a {{ end }}", "template: __alert_A:1: unexpected {{end}}"),
            ("{{ \"x }}", "template: __alert_A:1: unterminated quoted string"),
            ("{{ $value ", "template: __alert_A:1: unclosed action"),
            ("{{ ( $value }}", "template: __alert_A:1: unclosed left paren"),
            ("{{ $value ) }}", "template: __alert_A:1: unexpected right paren"),
            ("\n{{ break }}", "template: __alert_A:2: {{break}} outside {{range}}"),
            ("{{/* x }}", "template: __alert_A:1: unclosed comment"),
            ("{{ 1 | 2 }}", "template: __alert_A:1: non executable command in pipeline stage 2"),
            ("{{ }}", "template: __alert_A:1: missing value for command"),
        ])
    func parseFailures(text: String, expected: String) {
        #expect(TemplateTests.expand(text) == "parse: \(expected)")
    }

    @Test("What a template costs is bounded")
    func limits() {
        let huge = "{{ range 1000000 }}{{ range 1000000 }}x{{ end }}{{ end }}"
        #expect(TemplateTests.expand(huge).hasSuffix("more than 100000 steps>"))
        let recursive = "{{ define \"t\" }}{{ template \"t\" . }}{{ end }}{{ template \"t\" . }}"
        #expect(TemplateTests.expand(recursive).contains("exceeded maximum template depth"))
        let deep = String(repeating: "{{ if true }}", count: 200_000)
        #expect(TemplateTests.expand(deep).contains("exceeded maximum nesting depth"))
        let brackets = "{{ " + String(repeating: "(", count: 200_000)
        #expect(TemplateTests.expand(brackets).contains("exceeded maximum nesting depth"))
        let text = String(repeating: "a", count: 300)
        #expect(TemplateTests.expand("{{ reReplaceAll \"a\" \"$0$0\" \"\(text)\" }}").utf8.count == 600)
        let much = "{{ reReplaceAll \"a\" \"\(String(repeating: "$0", count: 2_000))\" \"\(text)\" }}"
        #expect(TemplateTests.expand(much).hasSuffix("the text, its matches or the result are too large>"))
        let blanks = String(repeating: "a ", count: 10_000)
        #expect(TemplateTests.expand("{{ reReplaceAll \" \" \",\" \"\(blanks)\" }}").utf8.count == 20_000)
        let long = String(repeating: "a", count: 50_000)
        let work = "{{ reReplaceAll \"(x|a){0,500}?y|a\" \"b\" \"\(long)\" }}"
        #expect(TemplateTests.expand(work).hasSuffix("the text, its matches or the result are too large>"))
        let wide = "{{ range 9000 }}{{ printf \"%900d\" 1 }}{{ end }}"
        #expect(TemplateTests.expand(wide).hasSuffix("output is larger than 65536 bytes>"))
    }

    @Test("Random texts neither trap nor hang")
    func randomTexts() {
        var random = SeededGenerator.forTest()
        let parts = [
            "{{", "}}", "{{-", "-}}", " ", "if", "else", "end", "range", "with", "define", "\"x\"", "$labels", "$x",
            ":=",
            "=", "|", ".", ".a", "(", ")", "1", "-1", "1.5e3", "'c'", "`", "query", "printf", "\n", "/*", "*/", ",",
            "é",
            "template", "block", "nil", "true", "break", "$",
        ]
        for _ in 0..<3_000 {
            let text = (0..<Int.random(in: 1...30, using: &random)).map { _ in
                parts.randomElement(using: &random) ?? ""
            }.joined()
            _ = TemplateTests.expand(text)
        }
    }
}
