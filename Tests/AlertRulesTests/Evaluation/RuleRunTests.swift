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

    private func outcome(
        _ groups: [RuleGroup], _ inputs: SeriesStore, steps: Int, _ strides: [Int: Int] = [:],
        chunkSteps: Int = 2_048, forcesSteps: Bool
    ) throws -> Outcome {
        var options = RuleRun.Options()
        options.laterReaders = nil
        options.forcesSteps = forcesSteps
        options.strides = strides
        options.chunkSteps = chunkSteps
        var log = RuleRunLog()
        log.notesTransitions = true
        let names = Set(groups.flatMap(\.rules).map(\.name))
        for step in stride(from: 0, to: steps, by: 7) { log.wantedAlerts[step] = names }
        let schedule = try #require(
            RunSchedule(startMillis: 0, endMillis: Int64(steps - 1) * 60_000, stepMillis: 60_000))
        var run = RuleRun(groups: groups, inputs: inputs, schedule: schedule, options: options, log: log)
        run.run()
        let outputs = run.outputs.select([], from: Int64.min, through: Int64.max).map { series in
            let samples = series.timestamps.indices.map { place in
                let value = series.values[place]
                let text = series.histogram(at: place)?.promQLText ?? (value.isStaleMarker ? "stale" : "\(value)")
                return "\(series.timestamps[place])=\(text)"
            }
            return "\(series.labels) \(samples)"
        }
        let alerts = run.log.alerts.sorted { ($0.key.step, $0.key.group) < ($1.key.step, $1.key.group) }.flatMap {
            place, alerts in
            alerts.map { "\(place) \($0.labels) \($0.annotations) \($0.state) \($0.value)" }.sorted()
        }
        let transitions = run.log.transitions.map {
            "\($0.timestampMillis) \($0.name) \($0.labels) \($0.transition) \($0.value) \($0.activeAtMillis)"
        }
        return Outcome(
            transitions: transitions, outputs: outputs, alerts: alerts, failures: run.log.failures)
    }

    @Test("Evaluating whole ranges gives the same as stepping, over random rules and inputs")
    func rangesEqualSteps() throws {
        var random = RandomRules(random: SeededGenerator.forTest())
        for _ in 0..<100 {
            let groups = try random.groups()
            let inputs = try random.store(steps: 30)
            let strides = random.random.oneIn(3) ? [0: 2, 1: 3] : [:]
            let chunkSteps = random.random.int(1...40)
            let ranges = try outcome(groups, inputs, steps: 30, strides, chunkSteps: chunkSteps, forcesSteps: false)
            let steps = try outcome(groups, inputs, steps: 30, strides, forcesSteps: true)
            let shown = groups.map { group in
                "\(group.name) \(group.limit) \(group.queryOffsetMillis) \(strides): "
                    + group.rules.map {
                        "\($0.name): \($0.expressionText) \($0.forMillis) \($0.keepFiringForMillis) "
                            + "\(($0.labels + $0.annotations).map(\.template.text))"
                    }.joined(separator: "; ")
            }
            #expect(ranges.transitions == steps.transitions, "\(shown)")
            #expect(ranges.outputs == steps.outputs, "\(shown)")
            #expect(ranges.alerts == steps.alerts, "\(shown)")
            #expect(ranges.failures == steps.failures, "\(shown)")
        }
    }
}
