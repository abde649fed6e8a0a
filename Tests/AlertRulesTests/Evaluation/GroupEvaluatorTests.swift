import TestSupport
import Testing
import TimeSeries

@testable import AlertRules

@Suite struct GroupEvaluatorTests {
    private func evaluator(_ rules: String, more: String = "", replacing old: GroupEvaluator? = nil) throws
        -> GroupEvaluator
    {
        let text = "groups: [{name: g, interval: 30s, \(more) rules: [\(rules)]}]"
        let group = try RuleFile.parse(text, file: "r.yml").groups[0]
        guard let old else { return GroupEvaluator(group: group) }
        return GroupEvaluator(group: group, replacing: old)
    }

    private func evaluate(_ evaluator: GroupEvaluator, _ store: SeriesStore, at millis: Int64) -> Evaluation {
        evaluator.evaluate(at: millis, source: store) { try store.append($0, at: $1, $2) }
    }

    private func column(_ store: SeriesStore, _ name: String) -> [String] {
        store.select([LabelMatcher(name: Label.metricName, equal: name)], from: 0, through: Int64.max).map { series in
            let samples = zip(series.timestamps, series.values).map {
                "\($0 / 1_000)=\($1.isStaleMarker ? "stale" : "\($1)")"
            }
            return "\(series.labels) \(samples.joined(separator: " "))"
        }
    }

    @Test("A state change ends the old ALERTS series with a staleness marker")
    func alertSeries() throws {
        let store = SeriesStore()
        let group = try evaluator("{alert: A, expr: up == 0, for: 1m}")
        let up = Labels([("__name__", "up"), ("job", "j")])
        for (index, value) in [0.0, 0, 0, 1].enumerated() {
            let time = Int64(index) * 30_000
            try store.append(up, at: time, value)
            _ = evaluate(group, store, at: time)
        }
        #expect(
            column(store, "ALERTS") == [
                "ALERTS{alertname=\"A\", alertstate=\"firing\", job=\"j\"} 60=1.0 90=stale",
                "ALERTS{alertname=\"A\", alertstate=\"pending\", job=\"j\"} 0=1.0 30=1.0 60=stale",
            ])
        #expect(
            column(store, "ALERTS_FOR_STATE") == [
                "ALERTS_FOR_STATE{alertname=\"A\", job=\"j\"} 0=0.0 30=0.0 60=0.0 90=stale"
            ])
    }

    @Test("Health: ok, failed, and no data where no selector finds a series")
    func health() throws {
        let store = SeriesStore()
        try store.append(Labels([("__name__", "a"), ("x", "1")]), at: 0, 1)
        try store.append(Labels([("__name__", "a"), ("x", "2")]), at: 0, 1)
        let group = try evaluator(
            "{record: r, expr: a}, {alert: N, expr: nope > 0}, {alert: Q, expr: a > 5}, "
                + "{record: d, expr: a, labels: {x: ''}}, {alert: V, expr: vector(1) > 2}")
        let rules = evaluate(group, store, at: 0).rules
        #expect(rules.map(\.health) == [.ok, .noData, .ok, .error, .ok])
        #expect(rules[3].error == "vector contains metrics with the same labelset after applying rule labels")
    }

    @Test("More alerts or series than the limit are an error, and nothing is kept")
    func limit() throws {
        let store = SeriesStore()
        for index in 0..<3 { try store.append(Labels([("__name__", "a"), ("x", "\(index)")]), at: 0, 1) }
        let group = try evaluator("{alert: A, expr: a}, {record: r, expr: a}", more: "limit: 2,")
        let rules = evaluate(group, store, at: 0).rules
        #expect(rules[0].error == "exceeded limit of 2 with 3 alerts")
        #expect(rules[0].alerts.isEmpty)
        #expect(rules[1].error == "exceeded limit of 2 with 3 series")
        #expect(column(store, "r").isEmpty)
    }

    @Test("After a reload alerts live on, and series of removed rules end")
    func reload() throws {
        let store = SeriesStore()
        try store.append(Labels([("__name__", "a")]), at: 0, 1)
        let old = try evaluator("{alert: A, expr: a, for: 30s}, {record: r, expr: a}")
        _ = evaluate(old, store, at: 0)
        let new = try evaluator("{alert: A, expr: a > 0, for: 30s}", replacing: old)
        let rules = evaluate(new, store, at: 30_000).rules
        #expect(rules[0].transitions.map(\.transition) == [.firing])
        #expect(rules[0].alerts.first?.activeAtMillis == 0)
        #expect(column(store, "r") == ["r 0=1.0 30=stale"])
    }

    @Test("Query offsets shift expressions and written samples")
    func queryOffset() throws {
        let store = SeriesStore()
        for index in 0..<5 { try store.append(Labels([("__name__", "a")]), at: Int64(index) * 30_000, Double(index)) }
        let group = try evaluator("{record: r, expr: a}", more: "query_offset: 60s,")
        _ = evaluate(group, store, at: 120_000)
        #expect(column(store, "r") == ["r 60=2.0"])
    }

    // MARK: The Alert Generator Compliance suite's rules, on a virtual clock

    private func compliance(_ name: String) throws -> GroupEvaluator {
        let path = try #require(Conformance.directory) + "/compliance/rules.yaml"
        let group = try #require(try RuleFile.load(path: path).groups.first { $0.name == name })
        return GroupEvaluator(group: group)
    }

    private func input(_ rule: String, _ group: String, _ extra: [(String, String)] = []) -> Labels {
        Labels([("__name__", "alert_generator_test_suite"), ("alertname", rule), ("rulegroup", group)] + extra)
    }

    /// Transitions and sendings of a group over samples every 15 s, evaluated every 30 s.
    private func play(_ name: String, _ series: [(Labels, [Double])]) throws -> (changes: [String], sent: [String]) {
        let group = try compliance(name)
        let store = SeriesStore()
        var changes: [String] = []
        var sent: [String] = []
        for index in 0..<(series.map(\.1.count).max() ?? 0) {
            let time = Int64(index) * 15_000
            for (labels, values) in series where index < values.count {
                try store.append(labels, at: time, values[index])
            }
            guard index % 2 == 0 else { continue }
            let evaluation = evaluate(group, store, at: time)
            changes += evaluation.rules.flatMap(\.transitions).map { "\(time / 1_000) \($0.transition) \($0.name)" }
            sent += evaluation.alertsToSend.map { "\(time / 1_000) \($0.state) \($0.name)" }
            #expect(evaluation.rules.allSatisfy { $0.error == nil })
        }
        return (changes, sent)
    }

    @Test(
        "Compliance: pending, firing, resolved, with resends every minute and for 15 minutes after",
        .enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.absence)))
    func pendingFiringResolved() throws {
        let rule = "PendingAndFiringAndResolved_SimpleAlert"
        let values = Array(repeating: 5.0, count: 8) + Array(repeating: 11, count: 40) + Array(repeating: 5, count: 90)
        let (changes, sent) = try play(
            "PendingAndFiringAndResolved", [(input(rule, "PendingAndFiringAndResolved"), values)])
        #expect(
            changes == [
                "120 pending \(rule)", "480 firing \(rule)", "720 resolved \(rule)", "1650 forgotten \(rule)",
            ])
        #expect(
            sent.prefix(4) == [
                "480 firing \(rule)", "570 firing \(rule)", "660 firing \(rule)", "720 inactive \(rule)",
            ])
        #expect(sent.last == "1620 inactive \(rule)")
    }

    @Test(
        "Compliance: an alert that was only pending is never sent, one that is never present does nothing",
        .enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.absence)))
    func pendingOnly() throws {
        let group = "PendingAndResolved_AlwaysInactive"
        let values = Array(repeating: 5.0, count: 8) + Array(repeating: 11, count: 8) + Array(repeating: 5, count: 8)
        let series = ["PendingAlert", "InactiveAlert"].map { (input("\(group)_\($0)", group), values) }
        let (changes, sent) = try play(group, series)
        #expect(changes == ["120 pending \(group)_PendingAlert", "240 dropped \(group)_PendingAlert"])
        #expect(sent.isEmpty)
    }

    @Test(
        "Compliance: templates of the suite expand as it expects",
        .enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.absence)))
    func templates() throws {
        let name = "ZeroFor_SmallFor"
        let group = try compliance(name)
        let store = SeriesStore()
        try store.append(input("\(name)_ZeroFor", name), at: 0, 15)
        try store.append(input("\(name)_SmallFor", name), at: 0, 15)
        for id in ["3", "1", "2"] {
            let labels = Labels([
                ("__name__", "alert_generator_test_suite"), ("rulegroup", name), ("for", "template"), ("id", id),
            ])
            try store.append(labels, at: 0, Double(id) ?? 0)
        }
        let alerts = evaluate(group, store, at: 0).rules.flatMap(\.alerts)
        #expect(alerts.map(\.state) == [.firing, .pending])
        let expected = [
            "template_query_test": "Args are: foo bar 99. first_id:1,1:1,2:2,3:3,",
            "template_test": "1.049M 1Mi 2m 15s 95.9% 2022-01-25 12:36:43 +0000 UTC",
        ]
        for (annotation, text) in expected { #expect(alerts[0].annotations[annotation] == text) }
        #expect(
            alerts[1].annotations["template_test"]
                == "This Part IS TESTING the strings. ::1 127.0.0.1. 7815. replaced text. .")
    }

    @Test(
        "Compliance: a rule sees the ALERTS that the rule before it has just written",
        .enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.absence)))
    func order() throws {
        let name = "NewAlerts_OrderCheck"
        let rule = "\(name)_Rule1"
        let values = Array(repeating: 11.0, count: 16)
        let (changes, _) = try play(
            name, ["one", "two"].map { (input(rule, name, [("variant", $0)]), values) })
        #expect(
            changes == [
                "0 pending \(rule)", "0 pending \(rule)", "180 firing \(rule)", "180 firing \(rule)",
                "180 firing \(name)_Rule2",
            ])
    }
}
