import PromQL
import TestSupport
import Testing

@Suite struct FormattedTests {
    /// Texts as Prometheus 2.42 formats them at its width of 100.
    private static let layouts: [(text: String, formatted: String)] = [
        (
            "histogram_quantile(0.99,sum by(le,service)(rate(gatehouse_request_duration_seconds_bucket"
                + "{job=\"gatehouse\",code!~\"5..\"}[5m])))>0.5",
            """
              histogram_quantile(
                0.99,
                sum by (le, service) (
                  rate(gatehouse_request_duration_seconds_bucket{code!~"5..",job="gatehouse"}[5m])
                )
              )
            >
              0.5
            """
        ),
        (
            "max_over_time((sum by(a)(rate(gatehouse_request_duration_seconds_bucket"
                + "{job=\"gatehouse\",code!~\"5..\"}[5m])) / 5)[10m:30s] offset 5m)",
            """
            max_over_time(
              (sum by (a) (rate(gatehouse_request_duration_seconds_bucket{code!~"5..",job="gatehouse"}[5m])) / 5)\
            [10m:30s] offset 5m
            )
            """
        ),
        (
            "-topk by(x)(5,gatehouse_request_duration_seconds_bucket{job=\"gatehouse\",code!~\"5..\","
                + "instance=\"aaaaaaaaaaaaaaaaaaaaaaa\"}) and on(x) foo",
            """
              -topk by (x) (
                5,
                gatehouse_request_duration_seconds_bucket{code!~"5..",instance="aaaaaaaaaaaaaaaaaaaaaaa",\
            job="gatehouse"}
              )
            and on (x)
              foo
            """
        ),
    ]

    @Test(arguments: layouts)
    func `a long expression is laid out as Prometheus does`(text: String, formatted: String) throws {
        #expect(try Parser.parse(text).formatted() == formatted)
    }

    @Test func `a short expression stays on its line`() throws {
        #expect(try Parser.parse("sum(a)by(b)").formatted() == "sum by (b) (a)")
    }

    @Test func `a narrow width splits brackets, calls and operators alike`() throws {
        let text = "((foo_long) + label_replace(bar, \"a\", \"b\", \"c\", \"d\"))"
        let expected = """
            (
                (foo_long)
              +
                label_replace(
                  bar,
                  "a",
                  "b",
                  "c",
                  "d"
                )
            )
            """
        #expect(try Parser.parse(text).formatted(width: 10) == expected)
    }

    @Test func `formatting keeps the expression and changes nothing the second time`() throws {
        var random = SeededGenerator.forTest(seed: 12)
        for _ in 0..<400 {
            let text = RandomQuery.vector(&random, depth: 4)
            let expression = try Parser.parse(text, options: .everything)
            let formatted = expression.formatted(width: random.int(5...100))
            let again = try Parser.parse(formatted, options: .everything)
            #expect(again.description == expression.description, "\(text)")
            #expect(
                try Parser.parse(expression.formatted(), options: .everything).formatted() == expression.formatted())
        }
    }

    @Test(.enabled(if: FormatOracle.isInstalled, "prometheus isn't installed"))
    func `two hundred and fifty random expressions are formatted as a running Prometheus formats them`() throws {
        let oracle = try FormatOracle()
        var random = SeededGenerator.forTest(seed: 13)
        var compared = 0
        for _ in 0..<(FormatOracle.soakCount ?? 250) {
            let text = GrammarQuery.expression(&random)
            guard let expected = try oracle.format(text) else {
                #expect(throws: PromQLError.self, "\(text)") { try Parser.parse(text) }
                continue
            }
            compared += 1
            let parsed = try? Parser.parse(text)
            // Prometheus prints `Inf ^ 2` as `+Inf ^ 2`, which it reads as another expression.
            let isOther = (try? Parser.parse(expected))?.description != parsed?.description
            #expect(parsed?.formatted() == expected || (isOther && expected.contains("+Inf")), "\(text)")
        }
        print("compared \(compared) expressions")
        #expect(compared > 200)
    }
}
