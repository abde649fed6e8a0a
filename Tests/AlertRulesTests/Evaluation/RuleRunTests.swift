import PromQL
import TestSupport
import Testing
import TimeSeries

@testable import AlertRules

/// Ranges and steps must give the same: transitions, alerts and every written sample.
@Suite struct RuleRunTests {
    struct Outcome: Equatable {
        var transitions: [String]
        var outputs: [String]
        var alerts: [String]
        var failures: [RuleRunLog.Failure]
    }

    private func outcome(_ groups: [RuleGroup], _ inputs: SeriesStore, steps: Int, forcesSteps: Bool) throws -> Outcome
    {
        var options = RuleRun.Options()
        options.laterReaders = nil
        options.forcesSteps = forcesSteps
        var log = RuleRunLog()
        log.notesTransitions = true
        let names = Set(groups.flatMap(\.rules).map(\.name))
        for step in stride(from: 0, to: steps, by: 7) { log.wantedAlerts[step] = names }
        let schedule = try #require(
            RunSchedule(startMillis: 0, endMillis: Int64(steps - 1) * 60_000, stepMillis: 60_000))
        var run = RuleRun(groups: groups, inputs: inputs, schedule: schedule, options: options, log: log)
        run.run()
        let outputs = run.outputs.select([], from: Int64.min, through: Int64.max).map { series in
            let samples = zip(series.timestamps, series.values).map { "\($0)=\($1.isStaleMarker ? "stale" : "\($1)")" }
            return "\(series.labels) \(samples)"
        }
        let alerts = run.log.alerts.sorted { $0.key < $1.key }.flatMap { step, alerts in
            alerts.map { "\(step) \($0.labels) \($0.annotations) \($0.state) \($0.value)" }.sorted()
        }
        let transitions = run.log.transitions.map {
            "\($0.timestampMillis) \($0.name) \($0.labels) \($0.transition) \($0.value) \($0.activeAtMillis)"
        }
        return Outcome(
            transitions: transitions, outputs: outputs, alerts: alerts, failures: run.log.failures)
    }

    private func randomRules(_ random: inout SeededGenerator) throws -> [RuleGroup] {
        let sources = ["a", "b", "r0", "r1", "r2", "ALERTS{alertname=\"A0\"}", "ALERTS_FOR_STATE", "{l=\"1\"}"]
        var rules: [String] = []
        for index in 0..<random.int(2...5) {
            let weighted = random.oneIn(3) ? sources : ["a", "b"] + (index > 0 ? ["r\(index - 1)"] : [])
            let source = weighted[random.int(0...(weighted.count - 1))]
            let shapes = [
                "\(source) > 2", "sum by (l) (\(source))", "max_over_time(\(source)[5m])", "rate(\(source)[4m]) > 0",
                "\(source) unless b", "count(\(source))", "absent(\(source))", "\(source) * on (l) group_left b",
                "\(source) offset 3m", "vector(time()) > 600",
            ]
            let expression = shapes[random.int(0...(shapes.count - 1))]
            if random.oneIn(2) {
                rules.append("{record: r\(index), expr: '\(expression)'}")
            } else {
                let wait = random.int(0...4)
                let keep = random.oneIn(2) ? random.int(1...5) : 0
                rules.append(
                    "{alert: A\(index), expr: '\(expression)', for: \(wait)m, keep_firing_for: \(keep)m, "
                        + "labels: {s: '{{ $labels.l }}x'}, annotations: {d: '{{ $value }} {{ $labels.l }}'}}")
            }
        }
        let text = "groups: [{name: g, rules: [\(rules.joined(separator: ", "))]}]"
        return try RuleFile.parse(text, file: "r.yml").groups
    }

    private func randomInputs(_ random: inout SeededGenerator, steps: Int) throws -> SeriesStore {
        let store = SeriesStore()
        for (name, label) in [("a", "1"), ("a", "2"), ("b", "1"), ("b", "3")] {
            let labels = Labels([("__name__", name), ("l", label)])
            var value = 0.0
            var isThere = true
            for step in 0..<steps {
                if random.oneIn(6) { isThere.toggle() }
                if random.oneIn(4) { value = Double(random.int(0...5)) }
                if isThere { try store.append(labels, at: Int64(step) * 60_000, value) }
            }
        }
        return store
    }

    @Test("Evaluating whole ranges gives the same as stepping, over random rules and inputs")
    func rangesEqualSteps() throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<150 {
            let groups = try randomRules(&random)
            let inputs = try randomInputs(&random, steps: 40)
            let ranges = try outcome(groups, inputs, steps: 40, forcesSteps: false)
            let steps = try outcome(groups, inputs, steps: 40, forcesSteps: true)
            let shown = groups[0].rules.map {
                "\($0.name): \($0.expressionText) \($0.forMillis) \($0.keepFiringForMillis)"
            }
            #expect(ranges.transitions == steps.transitions, "\(shown)")
            #expect(ranges.outputs == steps.outputs, "\(shown)")
            #expect(ranges.alerts == steps.alerts, "\(shown)")
            #expect(ranges.failures == steps.failures, "\(shown)")
        }
    }
}
