import PromQL
import TestSupport
import Testing

@Suite struct PrinterTests {
    @Test(arguments: [
        ("SUM BY (a,b) (rate(foo{x=\"1\"}[5m]))", "sum by (a, b) (rate(foo{x=\"1\"}[5m]))"),
        ("sum(foo) without(a)", "sum without (a) (foo)"),
        ("a+on(x)group_left(y)b", "a + on (x) group_left (y) b"),
        ("a==bool 1", "a == bool 1"),
        ("foo offset 90s @ 1.5", "foo @ 1.500 offset 1m30s"),
        ("foo[1h:] @ end()", "foo[1h:] @ end()"),
        ("{\"a.b\",\"c d\"=~'x'}", "{\"c d\"=~\"x\",__name__=\"a.b\"}"),
        ("{z='1', \"foo\", a!~`2`}", "{__name__=\"foo\",a!~\"2\",z=\"1\"}"),
        ("foo{z='1',a='2'}", "foo{a=\"2\",z=\"1\"}"), ("a-ignoring()b", "a - b"),
        ("a-ignoring()group_left b", "a - ignoring () group_left () b"), ("a-on()b", "a - on () b"),
        ("sum by()(a)", "sum(a)"), ("sum without()(a)", "sum without () (a)"),
        ("count by('ü',b)(a)", "count by (\"ü\", b) (a)"),
        ("a offset +(5)", "a offset (5)"), ("a offset -(5m)", "a offset -(5m)"), ("a[200-step()]", "a[200 - step()]"),
        ("a offset -min_of(10s,+max_of(step()^2,2))", "a offset -min_of(10s, max_of(step() ^ 2, 2))"),
        ("+1 - -1 - - -1", "1 - -1 - 1"), ("-Inf ^ 2", "-Inf ^ 2"), ("inf * 2", "+Inf * 2"), ("-5m", "-5m"),
        ("1e-7", "0.0000001"), ("sum + offset", "sum + offset"),
        ("\"\\u200b\\U000e0001\u{a0}é\"", "\"\\u200b\\U000e0001\\u00a0é\""),
        ("-1^2", "-1 ^ 2"),
        ("5m", "5m"), ("1e3", "1000"), ("0x1f", "31"), ("Inf", "+Inf"), ("90d", "90d"), ("14d", "2w"),
        ("foo[60]", "foo[1m]"),
        ("topk(3,a)by(b)", "topk by (b) (3, a)"),
        ("a offset -5m", "a offset -5m"),
    ])
    func `an expression is printed as Prometheus prints it`(text: String, printed: String) throws {
        #expect(try Parser.parse(text).description == printed)
    }

    @Test func `fill modifiers and extended ranges are printed as Prometheus prints them`() throws {
        for (text, printed) in [
            ("a + fill(-23) b", "a + fill (-23) b"), ("a+fill_left(5)fill_right(5)b", "a + fill (5) b"),
            (
                "a+on(b)group_left fill_left(1)fill_right(1e21)c",
                "a + on (b) group_left () fill_left (1) fill_right (1e+21) c"
            ),
            ("a{b='c'}[5m] anchored @ start() offset 1m", "a{b=\"c\"}[5m] anchored @ start() offset 1m"),
            ("a smoothed offset 5m @ 3", "a @ 3.000 smoothed offset 5m"),
        ] {
            #expect(try Parser.parse(text, options: .everything).description == printed)
        }
    }

    @Test func `what is printed reads back as the same`() throws {
        var random = SeededGenerator.forTest(seed: 11)
        for _ in 0..<600 {
            let text = RandomQuery.vector(&random, depth: 4)
            let printed = try Parser.parse(text, options: .everything).description
            let again = try Parser.parse(printed, options: .everything).description
            #expect(printed == again, "\(text)")
        }
    }
}

/// Random but well-typed expressions.
enum RandomQuery {
    static func vector(_ random: inout SeededGenerator, depth: Int) -> String {
        if depth == 0 { return selector(&random) }
        switch random.int(0...8) {
        case 0: return selector(&random)
        case 1:
            let grouping = pick(&random, ["", " by (a, \"b c\")", " without (a)", " by ()"])
            return pick(&random, ["sum", "avg", "count", "max", "stddev"]) + grouping
                + " (\(vector(&random, depth: depth - 1)))"
        case 2: return "(\(vector(&random, depth: depth - 1)))"
        case 3: return "-\(vector(&random, depth: depth - 1))"
        case 4:
            return pick(&random, ["rate", "max_over_time", "deriv", "mad_over_time"])
                + "(\(matrix(&random, depth: depth - 1)))"
        case 5: return "topk(\(scalar(&random)), \(vector(&random, depth: depth - 1)))"
        case 6:
            let operation = pick(&random, [">", "== bool", "/", "^", "atan2", "% "])
            return "((\(vector(&random, depth: depth - 1))) \(operation) \(scalar(&random)))"
        case 7:
            let operation = pick(
                &random,
                ["+", "and on (a)", "unless", "or", "* ignoring (b) group_left (c)", "> bool on (x)", "- fill (3)"])
            return "(\(vector(&random, depth: depth - 1))) \(operation) (\(vector(&random, depth: depth - 1)))"
        default:
            return "label_replace(\(vector(&random, depth: depth - 1)), \"a\", `$1\\`, 'b', \"(.*)\\n\")"
        }
    }

    private static func matrix(_ random: inout SeededGenerator, depth: Int) -> String {
        let modifiers = pick(&random, ["", " offset 5m", " @ 17.25", " offset -1h @ start()", " offset (step() * 2)"])
        if random.oneIn(2) { return selector(&random, bare: true) + "[\(duration(&random))]" + modifiers }
        return "(\(vector(&random, depth: depth)))[\(duration(&random)):\(pick(&random, ["", "1m", "30"]))]" + modifiers
    }

    private static func duration(_ random: inout SeededGenerator) -> String {
        pick(&random, ["5m", "1h30m", "90", "2m * 3", "max_of(step(), 1m)", "-5m + 1h", "(1h + 1m) / 2"])
    }

    private static func scalar(_ random: inout SeededGenerator) -> String {
        pick(&random, ["1", "-2.5", "NaN", "Inf", "1e9", "scalar(x)", "time()", "5m", "pi()", "0x10"])
    }

    private static func selector(_ random: inout SeededGenerator, bare: Bool = false) -> String {
        let plain = pick(
            &random,
            [
                "foo", "{a=\"b\"}", "foo:bar{a!=\"\\\"\", b=~\"x|y\"}", "{\"utf8 ñ\", c!~'z'}", "sum", "avg{by=\"x\"}",
                "offset",
            ])
        return bare ? plain : plain + pick(&random, ["", "", " offset 5m", " @ end()", " @ 5 offset 1w"])
    }

    private static func pick(_ random: inout SeededGenerator, _ choices: [String]) -> String {
        choices[random.int(0...(choices.count - 1))]
    }
}
