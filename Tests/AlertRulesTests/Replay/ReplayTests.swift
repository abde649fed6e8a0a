import TestSupport
import Testing
import TimeSeries

@testable import AlertRules

@Suite struct ReplayTests {
    static let rules = """
        groups:
          - name: g
            rules:
              - record: tenant:errors:rate2m
                expr: sum by (tenant) (rate(errors_total[2m]))
              - alert: HighErr
                expr: tenant:errors:rate2m > 1
                for: 1m
                annotations: {summary: "<b>{{ $labels.tenant }}</b> {{ $value | humanize }}"}
        """

    static let data = """
        # TYPE errors_total counter
        errors_total{tenant="a"} 0 1700000000000
        errors_total{tenant="a"} 10 1700000060000
        errors_total{tenant="a"} 200 1700000120000
        errors_total{tenant="a"} 400 1700000180000
        errors_total{tenant="a"} 401 1700000240000
        errors_total{tenant="a"} 402 1700000300000
        errors_total{tenant="a"} 403 1700000360000
        errors_total{tenant="b<script>"} 0 1700000000000
        errors_total{tenant="b<script>"} 100 1700000060000
        errors_total{tenant="b<script>"} 240 1700000120000

        """

    private func report(
        _ rules: String = rules, data: String = data, options: Replay.Options = .init()
    ) throws -> ReplayReport {
        let folder = try TemporaryDirectory()
        let store = try InputData.load([try folder.write(data, to: "data.prom")])
        return try Replay(files: [try RuleFile.parse(rules, file: "r.yml")], options: options).run(over: store)
    }

    @Test("The text tells every transition in order of time, with a summary")
    func text() throws {
        let expected = """
            2023-11-14T22:15:20Z  pending   HighErr  {tenant="a"}          value 1.6666666666666665
            2023-11-14T22:15:20Z  pending   HighErr  {tenant="b<script>"}  value 2
            2023-11-14T22:16:20Z  FIRING    HighErr  {tenant="a"}          value 3.3333333333333335, pending for 1m
            2023-11-14T22:16:20Z  dropped   HighErr  {tenant="b<script>"}  gone after 1m pending
            2023-11-14T22:17:20Z  resolved  HighErr  {tenant="a"}          fired for 1m

            2 rules, 7 evaluations from 2023-11-14T22:13:20Z through 2023-11-14T22:19:20Z, every 1m.
            Fired: 1 (at the end still: 0). Only pending: 1.

            """
        #expect(try report().text() == expected)
    }

    @Test("Stepping gives the same report")
    func steps() throws {
        var options = Replay.Options()
        options.forcesSteps = true
        #expect(try report(options: options).text() == report().text())
    }

    @Test("JSON has one object for each label set")
    func json() throws {
        let json = try report().json()
        #expect(
            json.hasPrefix(
                "{\"start\":\"2023-11-14T22:13:20Z\",\"end\":\"2023-11-14T22:19:20Z\",\"interval_ms\":60000,"))
        let first =
            "{\"group\":\"g\",\"alert\":\"HighErr\",\"labels\":{\"alertname\":\"HighErr\",\"tenant\":\"a\"},"
            + "\"annotations\":{\"summary\":\"<b>a</b> 3.333\"},\"events\":["
            + "{\"time\":\"2023-11-14T22:15:20Z\",\"event\":\"pending\",\"value\":\"1.6666666666666665\"},"
        #expect(json.contains(first))
        #expect(json.hasSuffix("\"errors\":[]}\n"))
    }

    @Test("The page is one file without scripts, and everything from outside is escaped")
    func html() throws {
        let page = try report().html(title: "a < b & \"c\"")
        #expect(page.contains("<title>a &lt; b &amp; &#34;c&#34;</title>"))
        #expect(page.contains("{tenant=&#34;b&lt;script&gt;&#34;}"))
        #expect(page.contains("summary: &lt;b&gt;a&lt;/b&gt; 3.333"))
        for forbidden in ["<script", "<b>", "http://", "https://", "src=", "url("] {
            #expect(!page.contains(forbidden), "\(forbidden)")
        }
    }

    @Test("Groups with intervals of their own are evaluated at them, unless one is given for all")
    func intervals() throws {
        let rules = """
            groups:
              - {name: slow, interval: 2m, rules: [{alert: Slow, expr: errors_total > 5}]}
              - {name: fast, interval: 30s, rules: [{alert: Fast, expr: errors_total > 5}]}
            """
        let own = try report(rules).transitions.filter { $0.labels["tenant"] == "a" }
        #expect(own.map(\.name) == ["Fast", "Slow"])
        #expect(own.map { $0.timestampMillis - 1_700_000_000_000 } == [60_000, 120_000])
        var options = Replay.Options()
        options.intervalMillis = 180_000
        let given = try report(rules, options: options).transitions.filter { $0.labels["tenant"] == "a" }
        #expect(given.map { $0.timestampMillis - 1_700_000_000_000 } == [180_000, 180_000])
    }

    @Test("What the rules don't find is said in every report")
    func blind() throws {
        #expect(try report().warnings.isEmpty && !report().isBlind)
        let rules = """
            groups:
              - name: g
                rules:
                  - {record: "typo:sum", expr: "sum(errors_totl) + sum(errors_totl offset 1m)"}
                  - {alert: A, expr: "typo:sum > 1 or absent(gone) or errors_total > 9"}
                  - {alert: B, expr: "errors_total{tenant='<b>'} > 9"}

            """
        let typos = try report(rules)
        let said = [
            "g/typo:sum: no series of the input matches errors_totl",
            "g/B: no series of the input matches errors_total{tenant=\"<b>\"}",
        ]
        #expect(typos.warnings == said && !typos.isBlind)
        #expect(typos.json().contains("\"warnings\":[\"\(said[0])\","))
        #expect(typos.html().contains("matches errors_total{tenant=&#34;&lt;b&gt;&#34;}"))
        var options = Replay.Options()
        options.startMillis = 1_600_000_000_000
        options.endMillis = 1_600_003_600_000
        let early = try report(options: options)
        #expect(early.isBlind)
        #expect(
            early.warnings == [
                "from 2020-09-13T12:26:40Z through 2020-09-13T13:26:40Z the rules see no sample; those of the input are "
                    + "from 2023-11-14T22:13:20Z through 2023-11-14T22:19:20Z"
            ])
        // Five minutes later the last sample can still be seen.
        options.startMillis = 1_700_000_360_000 + 300_000
        options.endMillis = 1_700_003_600_000
        #expect(try !report(options: options).isBlind)
        let absent = "groups: [{name: g, rules: [{alert: A, expr: absent(gone)}]}]"
        #expect(try !report(absent, options: options).isBlind)
    }

    @Test("A rule that fails is reported once, with its first time")
    func failingRule() throws {
        let rules =
            "groups: [{name: g, rules: [{record: r, expr: 'label_replace(errors_total,\"tenant\",\"\",\"\",\"\")'}]}]"
        let errors = try report(rules).errors
        #expect(errors.count == 1)
        #expect(errors.first?.hasPrefix("g/r: vector cannot contain metrics with the same labelset (first at ") == true)
    }

    @Test("What isn't readable data is refused with a way out")
    func unreadable() throws {
        let folder = try TemporaryDirectory()
        _ = try folder.write("{}", to: "meta.json")
        let block = #expect(throws: BlockError.self) { try InputData.load([folder.path]) }
        #expect(block?.path == folder.file("chunks"))
        #expect(throws: InputDataError.self) { try InputData.load([folder.file("none")]) }
        let empty = try TemporaryDirectory()
        #expect(throws: InputDataError.self) { try InputData.load([empty.path]) }
        #expect(throws: Replay.Failure.self) { try Replay(files: []).run(over: SeriesStore()) }
    }

    @Test("Blocks of Prometheus replay as the text they were made of", .enabled(if: Tool.path(of: "promtool") != nil))
    func blocks() throws {
        let folder = try TemporaryDirectory()
        let lines = Self.data.split(separator: "\n").map { $0.hasPrefix("#") ? String($0) : $0.dropLast(3) + ".000" }
        let text = try folder.write(lines.joined(separator: "\n") + "\nother 1 1700000400.000\n# EOF\n", to: "data.om")
        let promtool = try #require(Tool.path(of: "promtool"))
        let run = try ChildProcess.run(
            promtool, ["tsdb", "create-blocks-from", "openmetrics", text, folder.file("blocks")])
        #expect(run.status == 0, "\(run.error)")
        try folder.write("", to: "blocks/wal/00000000")
        var warnings: [String] = []
        let data = try InputData.open([folder.file("blocks")]) { warnings.append($0) }
        #expect(warnings.count == 1 && warnings.first?.contains("not the write-ahead log") == true)
        let plain = try InputData.load([text])
        let span = try data.timeSpan()
        #expect(span == plain.timeSpan && span?.upperBound == 1_700_000_400_000)
        #expect(try data.select([], from: .min, through: .max) == plain.select([], from: .min, through: .max))
        let replay = Replay(files: [try RuleFile.parse(Self.rules, file: "r.yml")])
        let some = try data.loaded(selectors: replay.selectors)
        #expect(some.seriesCount == 2)
        #expect(try replay.run(over: some, span: span).text() == replay.run(over: plain).text())
        // A file beside the blocks wins.
        let late = try folder.write("other 7 1700000400000\n", to: "late.prom")
        let other = [LabelMatcher(name: "__name__", equal: "other")]
        let both = try InputData.open([late, folder.file("blocks")])
        #expect(try both.select(other, from: .min, through: .max).map(\.values) == [[7]])
        #expect(try both.loaded(selectors: []).select(other, from: .min, through: .max).map(\.values) == [[7]])
    }
}
