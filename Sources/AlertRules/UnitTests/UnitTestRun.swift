import PromQL
import TimeSeries

/// One unit test: its inputs, the rules' run over them, and the comparisons.
struct UnitTestRun {
    let test: UnitTest
    let name: String
    let file: UnitTestFile
    let groups: [RuleGroup]
    /// Of the groups.
    let names: AlertNames
    let options: UnitTestRunner.Options
    private(set) var failures: [UnitTestFailure] = []
    /// What `--debug` shows.
    private(set) var debugOutput = ""
    /// How far a `never_fires` without a time looks, relative to the start, whatever other items ask for.
    private var openEndMillis: Int64 = 0

    init(
        test: UnitTest, name: String, file: UnitTestFile, groups: [RuleGroup], names: AlertNames,
        options: UnitTestRunner.Options
    ) {
        self.test = test
        self.name = name
        self.file = file
        self.groups = groups
        self.names = names
        self.options = options
    }

    mutating func run() {
        let inputs = TestInputs(test, maxSamples: options.maxSamples)
        failures = inputs.failures + namelessAlerts()
        guard failures.isEmpty else { return }
        openEndMillis = UnitTestRun.openEnd(inputs, engineOptions)
        do throws(TestClock.Failure) {
            let clock = try TestClock(
                test: test, file: file, groups: groups, endMillis: endMillis,
                honoursGroupIntervals: options.honoursGroupIntervals)
            run(inputs, clock)
        } catch {
            failures.append(UnitTestFailure("    test \(name): \(error.message)", at: test.node))
        }
    }

    private mutating func run(_ inputs: TestInputs, _ clock: TestClock) {
        var log = RuleRunLog()
        log.stopsAtFailure = true
        log.refusedIsFailure = true
        log.notesTransitions = test.alertCases.contains(where: \.neverFires)
        want(alertsOf: clock, in: &log)
        do {
            let store = try inputs.store(through: clock.schedule.lastMillis)
            var options = runOptions(clock)
            options.sharedNames = inputs.names.intersection(writtenNames)
            if !options.sharedNames.isEmpty { options.forcesSteps = true }
            var run = RuleRun(groups: groups, inputs: store, schedule: clock.schedule, options: options, log: log)
            run.run()
            compare(run, clock)
        } catch {
            failures.append(UnitTestFailure("    test \(name): \(error)", at: test.node))
        }
    }

    private mutating func compare(_ run: RuleRun, _ clock: TestClock) {
        let failing = run.log.failures.map(\.timestampMillis).min()
        failures += AlertCheck(
            test: test, groups: groups, clock: clock, log: run.log, names: names, openEndMillis: openEndMillis,
            diffIsColoured: options.diffIsColoured
        ).failures(before: failing)
        guard failing == nil else {
            failures += run.log.failures.map { UnitTestFailure(ruleFailure($0), place: place(of: $0)) }
            return
        }
        failures += ExpressionCheck(
            test: test, engine: Engine(source: run.source, options: engineOptions), parser: parserOptions,
            rule: ComparedSample.Rule(
                isFuzzy: file.isFuzzy, nanEqualsNaN: options.compatibility != .prometheus2)
        ).failures()
        if options.isDebugging { debugOutput = SeriesDump.text(run.source, endMillis: test.maxEvalMillis) }
    }

    /// The last time that matters, relative to the start.
    private var endMillis: Int64 {
        let isOpen = test.alertCases.contains { $0.neverFires && $0.evalMillis == nil }
        return max(test.maxEvalMillis, isOpen ? openEndMillis : 0)
    }

    /// How long an evaluation sees a sample of the inputs, relative to the start.
    private static func openEnd(_ inputs: TestInputs, _ engine: EngineOptions) -> Int64 {
        guard let span = inputs.spanMillis else { return 0 }
        // Prometheus 3 leaves the old end of the lookback out.
        return span.addingClamped(engine.lookbackMillis - (engine.compatibility == .prometheus2 ? 0 : 1))
    }

    private var writtenNames: Set<String> {
        var names: Set<String> = ["ALERTS", "ALERTS_FOR_STATE"]
        for rule in groups.flatMap(\.rules) where rule.kind == .recording { names.insert(rule.name) }
        return names
    }

    private func namelessAlerts() -> [UnitTestFailure] {
        let title = test.name.isEmpty ? "" : " (in TestGroup \(test.name))"
        return test.alertCases.filter(\.alertName.isEmpty).map { item in
            UnitTestFailure(
                "an item under alert_rule_test misses required attribute alertname at eval_time "
                    + formatPrometheusDuration(item.timeMillis) + title, at: item.node)
        }
    }

    /// Names the alerts to be kept, at the step at which each group is last evaluated before a case's time.
    private func want(alertsOf clock: TestClock, in log: inout RuleRunLog) {
        for item in test.alertCases where !item.neverFires {
            let time = test.startMillis.addingClamped(item.timeMillis)
            for index in groups.indices {
                log.wantedAlerts[clock.step(ofGroup: index, at: time), default: []].insert(item.alertName)
            }
        }
    }

    // MARK: Options

    private var engineOptions: EngineOptions {
        var engine = EngineOptions(features: options.features)
        engine.compatibility = options.compatibility
        engine.defaultSubqueryStepMillis = file.evaluationIntervalMillis
        engine.maxSamples = options.maxSamples
        return engine
    }

    private var parserOptions: ParserOptions { ParserOptions(features: options.features) }

    private func runOptions(_ clock: TestClock) -> RuleRun.Options {
        var result = RuleRun.Options()
        result.engine = engineOptions
        result.parser = parserOptions
        result.context.externalLabels = test.externalLabels
        result.context.externalURL = test.externalURL
        result.forcesSteps = options.forcesSteps
        result.limits.maxSamples = options.maxSamples
        for (index, stride) in clock.strides.enumerated() where stride > 1 { result.strides[index] = stride }
        let expressions = test.expressionCases.compactMap { try? ExpressionText.parse($0.expression, parserOptions) }
        result.laterReaders = options.isDebugging ? nil : expressions.flatMap(\.selectors)
        return result
    }

    // MARK: Failing rules

    private func ruleFailure(_ failure: RuleRunLog.Failure) -> String {
        let (nanos, overflow) = (failure.timestampMillis - test.startMillis).multipliedReportingOverflow(by: 1_000_000)
        let time = GoDuration.string(nanos: overflow ? Int64.max : nanos)
        return "    rule: \(failure.rule), time: \(time), err: \(failure.message)"
    }

    private func place(of failure: RuleRunLog.Failure) -> RuleFileError? {
        for group in groups where group.name == failure.group {
            if let rule = group.rules.first(where: { $0.name == failure.rule }) {
                return RuleFileError(file: rule.file, line: rule.line, column: rule.column, message: "")
            }
        }
        return nil
    }
}
