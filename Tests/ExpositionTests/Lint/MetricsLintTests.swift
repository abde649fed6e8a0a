import Exposition
import Testing

@Suite("Lint of metrics")
struct MetricsLintTests {
    /// `metric rule` of each problem in a text.
    private func verdicts(_ text: String, _ mode: ExpositionParser.Mode = .prometheusText) throws -> [String] {
        try problems(text, mode).map { "\($0.metric) \($0.rule.rawValue)" }
    }

    private func problems(
        _ text: String, _ mode: ExpositionParser.Mode = .prometheusText, limits: MetricsLint.Limits = .init()
    ) throws -> [LintProblem] {
        var lint = MetricsLint(dialect: mode == .prometheusText ? .prometheus : .openMetrics1, limits: limits)
        for event in try ExpositionParser.parse(Array(text.utf8), mode: mode) { lint.add(event) }
        return lint.problems()
    }

    /// A family with help and one sample.
    private func family(_ name: String, _ kind: String, labels: String = "", suffix: String = "") -> String {
        "# HELP \(name) h\n# TYPE \(name) \(kind)\n\(name)\(suffix)\(labels) 1\n"
    }

    @Test("a metric as it should be has no problem")
    func clean() throws {
        let text =
            family("requests_total", "counter", labels: "{code=\"200\"}") + family("queue_length", "gauge")
            + family("latency_seconds", "histogram", labels: "{le=\"1\"}", suffix: "_bucket")
            + family("wait_seconds", "summary", labels: "{quantile=\"0.5\"}")
            + "latency_seconds_sum 1\nlatency_seconds_count 1\n".replacing("latency", with: "wait")
        #expect(try verdicts(text) == [])
    }

    @Test(
        "each name that breaks a rule is told with the rule",
        arguments: [
            ("a", "counter", ["counter-total"]), ("a_total", "gauge", ["total-suffix"]), ("a_total", "untyped", []),
            ("a_milliseconds", "gauge", ["base-unit"]), ("a_kilobytes_total", "counter", ["base-unit"]),
            ("a_hours", "gauge", ["base-unit"]), ("a_mebibytes", "gauge", ["base-unit"]),
            ("thermometers", "gauge", []), ("a_kilometers", "gauge", ["base-unit"]),
            ("milliseconds", "gauge", ["base-unit"]),
            ("a_count", "gauge", ["reserved-suffix"]), ("a_sum", "counter", ["counter-total", "reserved-suffix"]),
            ("a_bucket", "summary", ["reserved-suffix"]), ("a_count", "untyped", []),
            ("a_gauge", "gauge", ["type-in-name"]), ("a_Histogram_x", "gauge", ["type-in-name"]),
            ("counter_a", "gauge", []), ("a:b", "gauge", ["colon"]), ("aB", "gauge", ["metric-case"]),
            ("AB", "gauge", []),
            ("a_ms", "gauge", ["abbreviated-unit"]), ("a_kb_b", "gauge", ["abbreviated-unit", "abbreviated-unit"]),
            ("ms_a", "gauge", []), ("a_d_x", "gauge", ["abbreviated-unit"]),
        ])
    func names(_ name: String, _ kind: String, _ rules: [String]) throws {
        #expect(try problems(family(name, kind)).map(\.rule.rawValue) == rules)
    }

    @Test("labels of other types and camelCase labels are told once")
    func labels() throws {
        let text = family("a", "gauge", labels: "{le=\"1\",quantile=\"1\",someLabel=\"x\"}")
        #expect(try verdicts(text + "a{le=\"2\"} 1\n") == ["a reserved-label", "a reserved-label", "a label-case"])
        #expect(try verdicts(family("a", "untyped", labels: "{le=\"1\"}")) == [])
        #expect(
            try verdicts(family("a", "histogram", labels: "{le=\"1\",quantile=\"1\"}", suffix: "_bucket"))
                == ["a reserved-label"])
        #expect(try verdicts(family("a", "summary", labels: "{le=\"1\"}", suffix: "_count")) == ["a reserved-label"])
    }

    @Test("help must be there for every metric that has samples")
    func help() throws {
        #expect(try verdicts("a 1\n# TYPE b gauge\n") == ["a help"])
        #expect(try verdicts("# HELP a\n# TYPE a gauge\na 1\n") == ["a help"])
        #expect(try verdicts("# TYPE a summary\na_sum 1\na_count 1\n") == ["a help"])
    }

    @Test("what stands twice, in the wrong order or apart is told")
    func structure() throws {
        let twice = "# HELP a h\n# HELP a h\n# TYPE a gauge\na 1\n# TYPE a gauge\n"
        #expect(try verdicts(twice) == ["a metadata", "a metadata"])
        #expect(try verdicts(family("a", "gauge") + family("b", "gauge") + "a{x=\"1\"} 1\n") == ["a grouping"])
        let series = family("a", "gauge", labels: "{x=\"1\",y=\"2\"}")
        #expect(try verdicts(series + "a{y=\"2\",x=\"1\"} 2\n") == ["a duplicate-series"])
        #expect(try verdicts(series + "a{y=\"2\",x=\"1\"} 2 5\na{y=\"1\",x=\"2\"} 2\n") == [])
    }

    @Test("in OpenMetrics a counter's name is judged with its _total")
    func openMetrics() throws {
        let text = """
            # TYPE a counter
            # HELP a h
            a_total 1
            a_created 1
            # TYPE b_kilobytes counter
            b_kilobytes_total 1
            # TYPE c info
            # HELP c h
            c_info{version="1"} 1
            # TYPE d unknown
            # HELP d h
            d 1
            # EOF

            """
        #expect(try verdicts(text, .openMetrics) == ["b_kilobytes_total help", "b_kilobytes_total base-unit"])
    }

    @Test("labels of targets are no problem unless one asks, as promtool is silent about them")
    func targetLabels() {
        for isAsked in [false, true] {
            var lint = MetricsLint(judgesTargetLabels: isAsked)
            lint.add(.help("a", "h"))
            lint.add(.sample(ExpositionSample(name: "a", labels: [(name: "job", value: "x")], value: 1)))
            #expect(lint.problems().map(\.rule) == (isAsked ? [.targetLabel] : []))
        }
    }

    @Test("native histograms are judged like any sample")
    func native() {
        var lint = MetricsLint()
        lint.add(.kind("a_ms", .histogram))
        lint.add(
            .histogram(
                ExpositionHistogramSample(
                    name: "a_ms", labels: [(name: "someLabel", value: "")], histogram: ExpositionHistogram(schema: 3))))
        #expect(lint.problems().map(\.rule) == [.help, .labelCase, .abbreviatedUnit])
    }

    @Test("a problem says where it is and what to do")
    func texts() throws {
        var lint = MetricsLint()
        lint.add(.help("a_milliseconds", "h"), line: 3)
        lint.add(.sample(ExpositionSample(name: "a_milliseconds", labels: [], value: 1)), line: 4)
        lint.add(.sample(ExpositionSample(name: "a_milliseconds", labels: [], value: 1)), line: 5)
        #expect(
            lint.problems().map(\.description) == [
                "3: a_milliseconds: the unit \"milliseconds\" is not a base unit (convert to seconds: a_seconds)",
                "5: a_milliseconds: the same labels stand twice (expose each label set once)",
            ])
        let suggested = try problems(family("requestCount", "counter")).map(\.suggestion)
        #expect(suggested == ["name it requestCount_total", "name it request_count"])
    }

    @Test("limits hold, and the report says so")
    func limits() throws {
        var limits = MetricsLint.Limits()
        limits.families = 2
        let text = family("a", "gauge") + family("b", "gauge") + family("cC", "gauge")
        #expect(try problems(text, limits: limits).map(\.rule) == [.limit])
        limits.families = 100
        limits.series = 2
        #expect(try problems(text + "cC 1\n", limits: limits).map(\.rule) == [.limit, .metricCase])
        limits.series = 100
        limits.problems = 3
        let bad = (0..<5).map { "a\($0) 1\n" }.joined()
        #expect(try problems(bad, limits: limits).map(\.rule) == [.limit, .help, .help, .help])
        limits.nameBytes = 4
        #expect(try problems(bad, limits: limits).map(\.metric) == ["", "a0", "a1"])
    }
}
