import Testing
import TimeSeries

@testable import AlertRules

/// Alerts after a restart, on a source that remembers `ALERTS_FOR_STATE`.
@Suite struct RestoreTests {
    private let restart: Int64 = 4_300

    /// When the alert counts as begun after a restart, in seconds: evaluations at 4300, 4330 and 4360 s.
    private func activeAt(
        began: Double, last: Int64, rule: String = "for: 30m", labels: [(String, String)] = [], isStale: Bool = false
    ) throws -> (seconds: Int64, state: AlertState) {
        let store = SeriesStore()
        let past = Labels([("__name__", "ALERTS_FOR_STATE"), ("alertname", "A"), ("x", "p")] + labels)
        try store.append(past, at: last * 1_000, began)
        if isStale { try store.append(past, at: last * 1_000 + 1, staleMarker) }
        let evaluator = try self.evaluator(rule)
        var result: (Int64, AlertState) = (0, .inactive)
        for step in 0..<3 {
            let alerts = try evaluate(evaluator, store, at: restart + Int64(step) * 30)
            #expect(alerts.count == 1)
            result = (alerts[0].activeAtMillis / 1_000, alerts[0].state)
        }
        return result
    }

    private func evaluator(_ rule: String) throws -> GroupEvaluator {
        let text = "groups: [{name: g, interval: 30s, rules: [{alert: A, expr: a, \(rule)}]}]"
        var options = GroupEvaluator.Options()
        options.restore = RestoreSettings()
        return GroupEvaluator(group: try RuleFile.parse(text, file: "r.yml").groups[0], options: options)
    }

    private func evaluate(_ evaluator: GroupEvaluator, _ store: SeriesStore, at seconds: Int64) throws -> [ActiveAlert]
    {
        try store.append(Labels([("__name__", "a"), ("x", "p")]), at: seconds * 1_000, 1)
        let evaluation = evaluator.evaluate(at: seconds * 1_000, source: store) { try store.append($0, at: $1, $2) }
        return evaluation.rules[0].alerts
    }

    @Test("An alert that had waited for its for goes on firing from where it began")
    func firing() throws {
        let (seconds, state) = try activeAt(began: 1_000, last: 4_000)
        #expect(seconds == 1_000)
        #expect(state == .firing)
    }

    @Test("One that had little to wait waits the grace period after the restart")
    func nearlyFiring() throws {
        let (seconds, state) = try activeAt(began: 2_500, last: 4_000)
        #expect(seconds == 4_330 + 600 - 1_800)
        #expect(state == .pending)
    }

    @Test("One that had much to wait goes on waiting; the outage doesn't count")
    func pending() throws {
        let (seconds, state) = try activeAt(began: 3_800, last: 4_000)
        #expect(seconds == 3_800 + (4_330 - 4_000))
        #expect(state == .pending)
    }

    @Test("Nothing is restored of a series that had ended, one older than an hour, or a short for")
    func nothing() throws {
        #expect(try activeAt(began: 1_000, last: 4_000, isStale: true).seconds == restart)
        #expect(try activeAt(began: 100, last: 700).seconds == restart)
        #expect(try activeAt(began: 1_000, last: 4_000, rule: "for: 9m").seconds == restart)
        #expect(try activeAt(began: 1_000, last: 4_000, labels: [("y", "other")]).seconds == restart)
    }

    @Test("Constant labels of the rule are part of the look-up, those of templates are not")
    func labels() throws {
        let rule = "for: 30m, labels: {severity: page, t: '{{ $labels.x }}'}"
        #expect(
            try activeAt(began: 1_000, last: 4_000, rule: rule, labels: [("severity", "page"), ("t", "p")]).seconds
                == 1_000)
        #expect(
            try activeAt(began: 1_000, last: 4_000, rule: rule, labels: [("severity", "info"), ("t", "p")]).seconds
                == restart)
    }

    @Test("ALERTS and ALERTS_FOR_STATE are written only after the restore; without one at once")
    func series() throws {
        let store = SeriesStore()
        let evaluator = try self.evaluator("for: 30m")
        for step in 0..<4 { _ = try evaluate(evaluator, store, at: restart + Int64(step) * 30) }
        let times = ["ALERTS", "ALERTS_FOR_STATE"].map { name in
            store.select([LabelMatcher(name: Label.metricName, equal: name)], from: 0, through: .max).map {
                $0.timestamps.map { $0 / 1_000 }
            }
        }
        #expect(times == [[[4_360, 4_390]], [[4_360, 4_390]]])
    }

    @Test("Extreme values of ALERTS_FOR_STATE do not trap", arguments: [Double.nan, .infinity, 1e300, -1e300, 9e15])
    func extremes(began: Double) throws {
        _ = try activeAt(began: began, last: 4_000)
    }
}
