import TestSupport
import Testing

@testable import AlertRules

/// Files that would multiply to more than a machine has are errors with a place, at once.
@Suite("Limits of unit-test files")
struct UnitTestLimitTests {
    private func failures(_ test: String, maxSamples: Int = 50_000_000) throws -> [String] {
        let folder = try TemporaryDirectory()
        var options = UnitTestRunner.Options()
        options.maxSamples = maxSamples
        return try UnitTestRunner(options: options).run(file: try folder.write(test, to: "t.yml")).failures
    }

    private func test(_ input: String, time: String = "1m", expression: String = "1") -> String {
        """
        tests:
          - input_series: [\(input)]
            promql_expr_test: [{expr: '\(expression)', eval_time: \(time), exp_samples: [{value: 1}]}]
        """
    }

    @Test(
        "Inputs with too many samples",
        arguments: [
            "{series: m, values: 1x1000000000}", "{series: m, values: 0+1x60000000}",
            "{series: m, values: _x900000000}", "{series: m, values: 1x99999999999}",
            "{series: m, values: '1x99999999999999999999'}",
            "{series: 'm{i=\"{{i}}\"}', values: 1x1000, repeat: 1000000}",
            "{series: m, values: '{{schema:0 buckets:[1 2 3]}}+{{schema:0 buckets:[1]}}x90000000'}",
            "{series: m, values: '1x30000000'}, {series: n, values: '1x30000000'}",
        ])
    func inputs(input: String) throws {
        let found = try failures(test(input))
        #expect(found.count == 1)
        #expect(found.first?.contains("t.yml:2:") == true)
        #expect(found.first?.contains("more than 50000000 samples together") == true, "\(found)")
    }

    @Test("Long label sets count as many samples")
    func longLabels() throws {
        let long = "'m{i=\"{{i}}\",l=\"\(String(repeating: "x", count: 8_000))\"}'"
        #expect(try failures(test("{series: \(long), values: 1, repeat: 4}"), maxSamples: 10_000) == [])
        let found = try failures(test("{series: \(long), values: 1, repeat: 5}"), maxSamples: 10_000)
        #expect(found.count == 1)
        #expect(found.first?.contains("more than 10000 samples together") == true)
    }

    @Test("Samples after the last evaluation take no memory")
    func unseen() throws {
        #expect(try failures(test("{series: m, values: '0+1x40000000'}", expression: "scalar(m)")) == [])
    }

    @Test("Counts of series, evaluations and YAML nodes are bounded")
    func counts() throws {
        #expect(try failures(test("{series: m, values: 1, repeat: 10000000}"))[0].contains("outside of 1 … 1000000"))
        #expect(try failures(test("{series: m, values: 1, repeat: 0}"))[0].contains("outside of 1 … 1000000"))
        let years = "evaluation_interval: 1s\n" + test("{series: m, values: 1}", time: "5y")
        #expect(try failures(years)[0].contains("more than 10000000 evaluations up to the last eval_time: lower that"))
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            bomb += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 8).joined(separator: ", "))]\n"
        }
        #expect(try failures(bomb + "tests: *a12\n")[0].contains("too large or too deep"))
    }

    @Test("A generator's mistake is told once for each kind, not a million times")
    func repeatedMistakes() throws {
        #expect(try failures(test("{series: 'm{i={{i}}}', values: 1, repeat: 1000000}")).count == 1)
        let found = try failures(test("{series: 'm{i=\"{{i}}\"}', values: '{{i}}x', repeat: 1000000}"))
        #expect(found.count == 1)
        #expect(found[0].contains("values of m{i=\"{{i}}\"}: expected a number of repetitions after 'x'"))
    }

    @Test("Queries may have far more samples than promtool's 10,000, up to a limit that can be set")
    func queries() throws {
        let many =
            "evaluation_interval: 10s\n"
            + test(
                "{series: m, values: '1x40000'}", time: "100h",
                expression: "scalar(count_over_time(m[100h]) + max_over_time(m[99h])) > bool 30000")
        #expect(try failures(many) == [])
        let few = try failures(many.replacing("m[100h]", with: "m[100h:1s]"), maxSamples: 45_000)
        #expect(few.first?.contains("samples") == true, "\(few)")
    }
}
