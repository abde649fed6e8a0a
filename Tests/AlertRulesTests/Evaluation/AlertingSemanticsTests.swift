import TestSupport
import Testing
import TimeSeries

@testable import AlertRules

/// One alerting rule on a virtual clock, statement by statement of what Prometheus does at an evaluation.
@Suite struct AlertingSemanticsTests {
    /// A group over one store, evaluated every 30 s.
    private final class Bench {
        let store = SeriesStore()
        let evaluator: GroupEvaluator
        var seconds: Int64 = 0

        init(_ rules: String, more: String = "", externalLabels: [String: String] = [:]) throws {
            let text = "groups: [{name: g, interval: 30s, \(more) rules: [\(rules)]}]"
            var options = GroupEvaluator.Options()
            options.context.externalLabels = externalLabels
            options.context.externalURL = "http://gate"
            evaluator = GroupEvaluator(group: try RuleFile.parse(text, file: "r.yml").groups[0], options: options)
        }

        /// Evaluates with these values of `a` by the label `x`.
        @discardableResult
        func next(_ values: [String: Double]) throws -> Evaluation {
            for (x, value) in values.sorted(by: { $0.key < $1.key }) {
                try store.append(Labels([("__name__", "a"), ("x", x)]), at: seconds * 1_000, value)
            }
            for series in store.select(
                [LabelMatcher(name: "__name__", equal: "a")], from: seconds * 1_000 - 30_000, through: .max)
            where values[series.labels["x"]] == nil {
                try? store.appendStale(series.labels, at: seconds * 1_000)
            }
            let evaluation = evaluator.evaluate(at: seconds * 1_000, source: store) {
                try self.store.append($0, at: $1, $2)
            }
            seconds += 30
            return evaluation
        }

        func written(_ name: String) -> [String] {
            store.select([LabelMatcher(name: Label.metricName, equal: name)], from: 0, through: .max).map { series in
                let samples = zip(series.timestamps, series.values).map {
                    "\($0 / 1_000)=\($1.isStaleMarker ? "stale" : "\(Int($1))")"
                }
                return "\(series.labels) \(samples.joined(separator: " "))"
            }
        }
    }

    @Test("Templates see labels with the name, the value, external labels and the external address")
    func templates() throws {
        let bench = try Bench(
            "{alert: A, expr: a, labels: {n: '{{ $labels.__name__ }}', e: '{{ $externalLabels.dc }}'}, "
                + "annotations: {v: '{{ $value }} {{ .Labels.x }}', u: '{{ $externalURL }}'}}",
            externalLabels: ["dc": "d1"])
        let alert = try #require(try bench.next(["p": 7]).rules[0].alerts.first)
        #expect("\(alert.labels)" == "{alertname=\"A\", e=\"d1\", n=\"a\", x=\"p\"}")
        #expect("\(alert.annotations)" == "{u=\"http://gate\", v=\"7 p\"}")
    }

    @Test("An alert's labels are the sample's without the name, the rule's over them, and alertname over all")
    func labels() throws {
        let bench = try Bench("{alert: A, expr: a, labels: {x: over, alertname: B, gone: ''}}")
        let alert = try #require(try bench.next(["p": 7]).rules[0].alerts.first)
        #expect("\(alert.labels)" == "{alertname=\"A\", x=\"over\"}")
    }

    @Test("A failing template leaves its error in the value, and the rule goes on")
    func failingTemplate() throws {
        let bench = try Bench(
            "{alert: A, expr: a, labels: {l: '{{ parseDuration \"x\" }}'}, annotations: {d: '{{ 1 | first }}'}}")
        let rule = try bench.next(["p": 1]).rules[0]
        #expect(rule.error == nil)
        #expect(rule.alerts[0].labels["l"].hasPrefix("<error expanding template: "))
        #expect(rule.alerts[0].annotations["d"].hasPrefix("<error expanding template: "))
    }

    @Test("Two samples that become one alert are an error")
    func equalSets() throws {
        let bench = try Bench("{alert: A, expr: a, labels: {x: same}}")
        #expect(
            try bench.next(["p": 1, "q": 1]).rules[0].error
                == "vector contains metrics with the same labelset after applying alert labels")
    }

    @Test("A known alert keeps its beginning and takes the new value and annotations")
    func refresh() throws {
        let bench = try Bench("{alert: A, expr: a, for: 1m, annotations: {v: '{{ $value }}'}}")
        var seen: [String] = []
        for value in [1.0, 2, 3] {
            let alert = try #require(try bench.next(["p": value]).rules[0].alerts.first)
            seen.append("\(alert.state) \(alert.activeAtMillis) \(alert.value) \(alert.annotations["v"])")
        }
        #expect(seen == ["pending 0 1.0 1", "pending 0 2.0 2", "firing 0 3.0 3"])
    }

    @Test("While keep_firing_for holds an alert, value and annotations stay as they were when it was last seen")
    func keptAnnotations() throws {
        let bench = try Bench(
            "{alert: A, expr: a > 0, keep_firing_for: 1m, annotations: {v: '{{ $value }} {{ now }}', "
                + "q: '{{ with query \"count(a)\" }}{{ . | first | value }}{{ end }}'}}")
        var seen: [String] = []
        for values in [["p": 5.0], ["p": 0, "q": 0], ["p": 0, "q": 0], ["p": 0], ["p": 6]] {
            let alerts = try bench.next(values).rules[0].alerts
            seen.append(
                alerts.map { "\($0.state) \($0.annotations["v"]) \($0.annotations["q"])" }.joined(separator: ";"))
        }
        #expect(seen == ["firing 5 0 1", "firing 5 0 1", "firing 5 0 1", "inactive 5 0 1", "firing 6 120 1"])
    }

    @Test("Samples of ALERTS and ALERTS_FOR_STATE lie at the evaluation less the query offset; states keep its time")
    func offsets() throws {
        let bench = try Bench("{alert: A, expr: a, for: 1m}", more: "query_offset: 30s,")
        for _ in 0..<4 { try bench.next(["p": 1]) }
        #expect(
            bench.written("ALERTS") == [
                "ALERTS{alertname=\"A\", alertstate=\"firing\", x=\"p\"} 60=1",
                "ALERTS{alertname=\"A\", alertstate=\"pending\", x=\"p\"} 0=1 30=1 60=stale",
            ])
        #expect(bench.written("ALERTS_FOR_STATE") == ["ALERTS_FOR_STATE{alertname=\"A\", x=\"p\"} 0=30 30=30 60=30"])
    }

    @Test("Over the limit all alerts of the rule are cleared, and nothing is marked as ended")
    func limit() throws {
        let bench = try Bench("{alert: A, expr: a, for: 1m}", more: "limit: 1,")
        try bench.next(["p": 1])
        try bench.next(["p": 1])
        let failed = try bench.next(["p": 1, "q": 1]).rules[0]
        #expect(failed.error == "exceeded limit of 1 with 2 alerts")
        #expect(failed.alerts.isEmpty)
        #expect(bench.written("ALERTS") == ["ALERTS{alertname=\"A\", alertstate=\"pending\", x=\"p\"} 0=1 30=1"])
        let after = try bench.next(["p": 1]).rules[0]
        #expect(after.alerts.map(\.activeAtMillis) == [90_000])
    }

    @Test("A failed evaluation ends no series; the next good one ends what is gone")
    func noMarkersOnErrors() throws {
        let bench = try Bench("{record: r, expr: a, labels: {x: ''}}")
        try bench.next(["p": 1])
        #expect(try bench.next(["p": 1, "q": 1]).rules[0].error != nil)
        try bench.next([:])
        #expect(bench.written("r") == ["r 0=1 60=stale"])
    }

    @Test("A series that vanishes from a recording rule's result gets a staleness marker, once")
    func staleness() throws {
        let bench = try Bench("{record: r, expr: a > 0}")
        for values in [["p": 1.0, "q": 1], ["p": 1, "q": 0], ["p": 1, "q": 0], ["p": 1, "q": 2]] {
            try bench.next(values)
        }
        #expect(bench.written("r") == ["r{x=\"p\"} 0=1 30=1 60=1 90=1", "r{x=\"q\"} 0=1 30=stale 90=2"])
    }

    @Test("Samples that come too late are left out and counted, and the rule stays healthy")
    func tooLate() throws {
        let bench = try Bench("{record: r, expr: a}")
        try bench.store.append(Labels([("__name__", "r"), ("x", "p")]), at: 60_000, 9)
        let rule = try bench.next(["p": 1]).rules[0]
        #expect(rule.health == .ok)
        #expect(rule.refusedSamples == 1)
    }

    @Test("Firing alerts are sent at once, again after a minute, and once more when they resolve")
    func sending() throws {
        let bench = try Bench("{alert: A, expr: a, for: 30s}")
        var sent: [String] = []
        for values in [["p": 1.0], ["p": 1], ["p": 1], ["p": 1], ["p": 1], [:], [:]] {
            let evaluation = try bench.next(values)
            sent += evaluation.alertsToSend.map {
                "\(evaluation.timestampMillis / 1_000) \($0.state) until \($0.lifecycle.validUntilMillis / 1_000)"
            }
        }
        #expect(sent == ["30 firing until 270", "120 firing until 360", "150 inactive until 390"])
    }
}
