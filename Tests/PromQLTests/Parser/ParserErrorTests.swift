import PromQL
import Testing

@Suite struct ParserErrorTests {
    /// Texts with the messages that Prometheus gives for them.
    static let table: [(String, String)] = [
        ("", "1:1: parse error: no expression found in input"),
        ("# just a comment\n\n", "1:1: parse error: no expression found in input"),
        ("1+", "1:3: parse error: unexpected end of input"),
        (".", "1:1: parse error: unexpected character: '.'"),
        ("2.5.", "1:4: parse error: unexpected character: '.'"),
        ("100..4", "1:5: parse error: unexpected number \".4\""),
        ("0deadbeef", "1:1: parse error: bad number or duration syntax: \"0de\""),
        ("1 /", "1:4: parse error: unexpected end of input"),
        ("*1", "1:1: parse error: unexpected <op:*>"),
        ("(1))", "1:4: parse error: unexpected right parenthesis"),
        ("((1)", "1:5: parse error: unclosed left parenthesis"),
        ("(", "1:2: parse error: unclosed left parenthesis"),
        ("1 and 1", "1:1: parse error: set operator \"and\" not allowed in binary scalar expression"),
        ("1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"),
        ("1 or 1", "1:1: parse error: set operator \"or\" not allowed in binary scalar expression"),
        (
            "-\"string\"",
            "1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, "
                + "got \"string\""
        ),
        (
            "-test[5m]",
            "1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, "
                + "got \"range vector\""
        ),
        (
            "1 offset 1d",
            "1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector "
                + "selector or a subquery"
        ),
        ("foo offset 1s offset 2s", "1:1: parse error: offset may not be set multiple times"),
        ("a - on(b) ignoring(c) d", "1:11: parse error: unexpected <ignoring>"),
        ("foo == 1 and 1", "1:1: parse error: set operator \"and\" not allowed in binary scalar expression"),
        ("foo or on(bar) group_left(baz) bar", "1:1: parse error: no grouping allowed for \"or\" operation"),
        (
            "a == on(instance) group_left(instance) b",
            "1:1: parse error: label \"instance\" must not occur in ON and GROUP clause at once"
        ),
        ("foo == on(bar) 10", "1:1: parse error: vector matching only allowed between instant vectors"),
        ("foo + bool bar", "1:1: parse error: bool modifier can only be used on comparison operators"),
        ("{", "1:2: parse error: unexpected end of input inside braces"),
        ("}", "1:1: parse error: unexpected character: '}'"),
        ("some{", "1:6: parse error: unexpected end of input inside braces"),
        (
            "some_metric{a=b}",
            "1:15: parse error: unexpected identifier \"b\" in label matching, expected string"
        ),
        ("foo{a*\"b\"}", "1:6: parse error: unexpected character inside braces: '*'"),
        ("foo{1}", "1:5: parse error: unexpected character inside braces: '1'"),
        ("{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
        ("{x=\"\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
        ("{x=~\".*\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
        ("{x!~\".+\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
        (
            "foo{__name__=\"bar\"}",
            "1:1: parse error: metric name must not be set twice: \"foo\" or \"bar\""
        ),
        ("foo{__name__!=\"a\"}", "1:1: parse error: metric name must not be set twice: \"foo\" or \"a\""),
        ("foo{__name__=~\"a\"}", "1:1: parse error: metric name must not be set twice: \"foo\" or \"a\""),
        ("foo{__name__!~\"\"}", "1:1: parse error: metric name must not be set twice: \"foo\" or \"\""),
        ("foo{\"foo\"}", "1:1: parse error: metric name must not be set twice: \"foo\" or \"foo\""),
        ("foo[0m]", "1:5: parse error: duration must be greater than 0"),
        ("foo[5mm]", "1:5: parse error: bad number or duration syntax: \"5mm\""),
        ("some_metric OFFSET 1m[5m]", "1:22: parse error: no offset modifiers allowed before range"),
        ("some_metric @ 123 [5m]", "1:19: parse error: no @ modifiers allowed before range"),
        ("(foo + bar)[5m]", "1:12: parse error: ranges only allowed for vector selectors"),
        ("sum without(==)(m)", "1:13: parse error: unexpected <op:==> in grouping opts, expected label"),
        ("sum some_metric", "1:5: parse error: unexpected identifier \"some_metric\" in aggregation"),
        ("sum () by (test)", "1:1: parse error: no arguments for aggregate expression provided"),
        (
            "topk(some_metric)",
            "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1"
        ),
        (
            "topk(some_metric, other_metric)",
            "1:6: parse error: expected type scalar in aggregation parameter, got instant vector"
        ),
        (
            "count_values(5, other_metric)",
            "1:14: parse error: expected type string in aggregation parameter, got scalar"
        ),
        ("floor()", "1:1: parse error: expected 1 argument(s) in call to \"floor\", got 0"),
        ("hour(a, b, c)", "1:1: parse error: expected at most 1 argument(s) in call to \"hour\", got 3"),
        ("label_join(a)", "1:1: parse error: expected at least 3 argument(s) in call to \"label_join\", got 1"),
        ("no_such_function()", "1:1: parse error: unknown function with name \"no_such_function\""),
        (
            "rate(some_metric)",
            "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector"
        ),
        ("sum(rate(m[5m])) +\n no_such(m)", "2:2: parse error: unknown function with name \"no_such\""),
        ("foo{a=~\"(\"}", "1:8: parse error: error parsing regexp: missing closing ): `(`"),
        ("\"unterminated", "1:1: parse error: unterminated quoted string"),
        ("\"\\c\"", "1:1: parse error: unknown escape sequence U+0063 'c'"),
        ("foo @ NaN", "1:7: parse error: timestamp out of bounds for @ modifier: NaN"),
        ("rate(foo[5m],)", "1:14: parse error: trailing commas not allowed in function call args"),
        ("avg_over_time(foo[5m:0s])", "1:22: parse error: duration must be greater than 0"),
        (
            "sum(foo[5m])",
            "1:5: parse error: expected type instant vector in aggregation expression, got range vector"
        ),
    ]

    @Test(arguments: table)
    func `wrong expressions are refused in Prometheus's words`(text: String, message: String) {
        let error = #expect(throws: PromQLError.self) { try Parser.parse(text) }
        #expect(error?.description == message)
    }

    @Test(arguments: ["(", "-", "a[", "sum(", "{a=\"b\"}+(", "abs("])
    func `deep nesting is an error and not a stack overflow`(unit: String) {
        let text = String(repeating: unit, count: 100_000)
        #expect(throws: PromQLError.self) { try Parser.parse(text) }
    }

    @Test func `long chains are bounded like nesting`() {
        let chain = "a" + String(repeating: "+a", count: 5000)
        let error = #expect(throws: PromQLError.self) { try Parser.parse(chain) }
        #expect(error?.message == "expression is nested more than 400 levels deep")
        let duration = "a[1s" + String(repeating: "+1s", count: 5000) + "]"
        #expect(throws: PromQLError.self) { try Parser.parse(duration) }
        #expect(throws: Never.self) { try Parser.parse("a" + String(repeating: " or a", count: 300)) }
    }

    @Test func `a text beyond the limit is refused unread`() {
        let error = #expect(throws: PromQLError.self) { try Parser.parse(String(repeating: " ", count: 2 << 20)) }
        #expect(error?.message == "expression is longer than 1048576 bytes")
    }

    @Test func `experimental parts need their option`() {
        for text in ["mad_over_time(a[5m])", "limitk(1, a)", "rate(a[5m] anchored)", "a + fill(0) b"] {
            #expect(throws: PromQLError.self) { try Parser.parse(text) }
            #expect(throws: Never.self) { try Parser.parse(text, options: .everything) }
        }
    }

    @Test(
        "Inside the braces the metric's name may be matched more than once",
        arguments: [
            ("{\"a\", __name__=\"b\"}", "{__name__=\"a\",__name__=\"b\"}"),
            ("{\"a\", \"b\"}", "{__name__=\"a\",__name__=\"b\"}"),
            ("{__name__=\"a\", __name__!~\"b\"}", "{__name__!~\"b\",__name__=\"a\"}"),
        ])
    func names(text: String, printed: String) throws {
        let expression = try Parser.parse(text)
        #expect(expression.description == printed)
        #expect(try Parser.parse(printed).description == printed)
    }
}
