import PromQL
import StrictYAML
import TimeSeries

@testable import AlertRules

/// What the last test of a file, which has no expectations yet, would find at any time within half an hour.
struct Observation {
    private let test: UnitTest
    private let clock: TestClock
    private let run: RuleRun
    private let engine: EngineOptions

    init(rules: [String], file: [String]) throws {
        let groups = try RuleFile.parse(rules.joined(separator: "\n"), file: "rules.yml").groups
        let parsed = try UnitTestFile.parse(
            YAMLNode.parse(file.joined(separator: "\n"), file: "test.yml"), path: "test.yml")
        test = parsed.tests[parsed.tests.count - 1]
        clock = try TestClock(
            test: test, file: parsed, groups: groups, endMillis: 1_800_000, honoursGroupIntervals: false)
        var log = RuleRunLog()
        let names = Set(groups.flatMap(\.rules).filter { $0.kind == .alerting }.map(\.name))
        for step in 0..<clock.schedule.count { log.wantedAlerts[step] = names }
        var options = RuleRun.Options()
        options.engine.compatibility = .prometheus2
        options.engine.defaultSubqueryStepMillis = parsed.evaluationIntervalMillis
        options.context.externalLabels = test.externalLabels
        options.context.externalURL = test.externalURL
        options.laterReaders = nil
        engine = options.engine
        let inputs = try TestInputs(test, maxSamples: 100_000).store(through: clock.schedule.lastMillis)
        var run = RuleRun(groups: groups, inputs: inputs, schedule: clock.schedule, options: options, log: log)
        run.run()
        self.run = run
    }

    func firing(_ name: String, atSeconds seconds: Int) -> [ActiveAlert] {
        let step = clock.step(ofGroup: 0, at: Int64(seconds) * 1_000)
        return run.groups.indices.flatMap { run.log.alerts[RuleRunLog.Evaluation(step: step, group: $0)] ?? [] }
            .filter { $0.name == name && $0.state == .firing }
    }

    /// Empty when the expression fails. Later samples are there already, so this suits expressions that don't look
    /// ahead; the caller's mistakes are what promtool is asked about.
    func samples(_ expression: String, atSeconds seconds: Int) -> [VectorSample] {
        let source = LayeredSource(inputs: run.inputs, outputs: run.outputs, horizon: Int64(seconds) * 1_000)
        guard let parsed = try? Parser.parse(expression),
            let result = try? Engine(source: source, options: engine).instant(parsed, at: Int64(seconds) * 1_000)
        else { return [] }
        return (try? RuleEvaluator.vector(result.value)) ?? []
    }
}
