import PromQL
import TimeSeries

/// One unit test: its inputs, the rules' run over them, and the comparisons.
struct UnitTestRun {
    let test: UnitTest
    let name: String
    let file: UnitTestFile
    let groups: [RuleGroup]
    let options: UnitTestRunner.Options
    private(set) var failures: [String] = []
    private(set) var debugOutput = ""

    init(
        test: UnitTest, name: String, file: UnitTestFile, groups: [RuleGroup], options: UnitTestRunner.Options
    ) {
        self.test = test
        self.name = name
        self.file = file
        self.groups = groups
        self.options = options
    }

    mutating func run() {
        guard let inputs = loadInputs() else { return }
        let end = test.startMillis.addingClamped(test.maxEvalMillis)
        guard
            let schedule = RunSchedule(
                startMillis: test.startMillis, endMillis: end, stepMillis: file.evaluationIntervalMillis)
        else {
            failures.append(
                "    test \(name): more than \(RunSchedule.maxSteps) evaluations up to the last eval_time"
            )
            return
        }
        var log = RuleRunLog()
        log.stopsAtFailure = true
        for alertCase in test.alertCases {
            let time = test.startMillis.addingClamped(alertCase.evalMillis)
            guard let step = schedule.index(atOrBefore: time) else { continue }
            log.wantedAlerts[step, default: []].insert(alertCase.alertName)
        }
        var run = RuleRun(groups: groups, inputs: inputs, schedule: schedule, options: runOptions, log: log)
        run.run()
        guard run.log.failures.isEmpty else {
            failures += run.log.failures.map { ruleFailure($0) }
            return
        }
        compareAlerts(run)
        compareExpressions(run)
        if options.isDebugging { dump(run) }
    }

    private var engineOptions: EngineOptions {
        var engine = EngineOptions(features: options.features)
        engine.compatibility = options.compatibility
        engine.defaultSubqueryStepMillis = file.evaluationIntervalMillis
        return engine
    }

    private var parserOptions: ParserOptions { ParserOptions(features: options.features) }

    private var runOptions: RuleRun.Options {
        var result = RuleRun.Options()
        result.engine = engineOptions
        result.parser = parserOptions
        result.context.externalLabels = test.externalLabels
        result.context.externalURL = test.externalURL
        result.forcesSteps = options.forcesSteps
        let expressions = test.expressionCases.compactMap { try? ExpressionText.parse($0.expression, parserOptions) }
        result.laterReaders = options.isDebugging ? nil : expressions.flatMap(\.selectors)
        return result
    }

    private func ruleFailure(_ failure: RuleRunLog.Failure) -> String {
        let (nanos, overflow) = (failure.timestampMillis - test.startMillis).multipliedReportingOverflow(by: 1_000_000)
        let time = GoDuration.string(nanos: overflow ? Int64.max : nanos)
        return "    rule: \(failure.rule), time: \(time), err: \(failure.message)"
    }

    // MARK: Inputs

    /// Nil after an error. Of two series with the same labels the later one counts, as in promtool.
    private mutating func loadInputs() -> SeriesStore? {
        var series: [Labels: Series] = [:]
        var order: [Labels] = []
        let before = failures.count
        for input in test.inputs {
            do {
                let labels = try Parser.parseLabels(input.series)
                if series[labels] == nil { order.append(labels) }
                series[labels] = column(labels, try SeriesNotation.values(input.values))
            } catch let error as PromQLError {
                let place = RuleFileError(
                    in: input.seriesNode, line: error.line, byteColumn: error.column - 1,
                    "series \(GoQuote.quoted(input.series)): \(error)")
                failures.append("    \(place)")
            } catch let error as SeriesNotationError {
                let place = RuleFileError(
                    in: input.valuesNode, line: 1, byteColumn: error.offset,
                    "values of \(input.series): \(error.message)")
                failures.append("    \(place)")
            } catch {
                failures.append("    \(error)")
            }
        }
        guard failures.count == before else { return nil }
        let store = SeriesStore()
        do {
            for labels in order {
                guard let one = series[labels] else { continue }
                for (index, time) in one.timestamps.enumerated() {
                    if let histogram = one.histogram(at: index) {
                        try store.append(labels, at: time, histogram)
                    } else {
                        try store.append(labels, at: time, one.values[index])
                    }
                }
            }
        } catch {
            failures.append("    \(error)")
            return nil
        }
        return store
    }

    private func column(_ labels: Labels, _ values: [SeriesNotation.Value?]) -> Series {
        var column = Series(labels: labels)
        column.timestamps.reserveCapacity(values.count)
        column.values.reserveCapacity(values.count)
        var time = test.startMillis
        for value in values {
            switch value {
            case .number(let number)?: column.append(number, at: time)
            case .histogram(let histogram)?: column.append(histogram, at: time)
            case nil: break
            }
            time = time.addingClamped(test.intervalMillis)
        }
        return column
    }

    // MARK: Alerts

    private mutating func compareAlerts(_ run: RuleRun) {
        for alertCase in test.alertCases.sorted(by: { $0.evalMillis < $1.evalMillis }) {
            let time = test.startMillis.addingClamped(alertCase.evalMillis)
            let step = run.schedule.index(atOrBefore: time) ?? 0
            let got = (run.log.alerts[step] ?? []).filter { $0.name == alertCase.alertName && $0.state == .firing }
                .map { ComparedAlert(labels: $0.labels, annotations: $0.annotations) }.sorted()
            let expected = alertCase.expected.map { alert in
                ComparedAlert(
                    labels: Labels(alert.labels + [(AlertTable.nameLabel, alertCase.alertName)]),
                    annotations: Labels(alert.annotations))
            }.sorted()
            guard got != expected else { continue }
            let shownTime = formatPrometheusDuration(alertCase.evalMillis)
            let title = test.name.isEmpty ? "" : "    name: \(test.name),\n"
            failures.append(
                "\(title)    alertname: \(alertCase.alertName), time: \(shownTime), "
                    + "\n        exp:\(ComparedAlert.text(expected)), \n        got:\(ComparedAlert.text(got))")
        }
    }

    // MARK: Expressions

    private mutating func compareExpressions(_ run: RuleRun) {
        for testCase in test.expressionCases {
            let time = formatPrometheusDuration(testCase.evalMillis)
            let prefix = "    expr: \(GoQuote.quoted(testCase.expression)), time: \(time),"
            do {
                let expected = try testCase.expected.map { try ComparedSample($0) }.sorted()
                let got = try evaluate(testCase, run).sorted()
                let isEqual =
                    expected.count == got.count
                    && zip(expected, got).allSatisfy { $0.isEqual(to: $1, isFuzzy: file.isFuzzy) }
                if !isEqual {
                    failures.append(
                        "\(prefix)\n        exp: \(ComparedSample.text(expected))"
                            + "\n        got: \(ComparedSample.text(got))"
                    )
                }
            } catch {
                failures.append("\(prefix) err: \(error)")
            }
        }
    }

    private func evaluate(_ testCase: UnitTest.ExpressionCase, _ run: RuleRun) throws -> [ComparedSample] {
        let expression = try ExpressionText.parse(testCase.expression, parserOptions)
        let time = test.startMillis.addingClamped(testCase.evalMillis)
        let result = try Engine(source: run.source, options: engineOptions).instant(expression, at: time)
        return try RuleEvaluator.vector(result.value).map {
            ComparedSample(labels: $0.labels, value: $0.value, histogram: $0.histogram?.notation)
        }
    }

    // MARK: Debugging

    private mutating func dump(_ run: RuleRun) {
        let time = formatPrometheusDuration(test.maxEvalMillis)
        debugOutput += "DEBUG: Dump of all data (input_series and rules) of test \(name) at \(time):\n"
        guard let all = try? run.source.select([], from: Int64.min, through: Int64.max) else { return }
        for series in all {
            debugOutput += "\(series.labels) =>\n"
            for (index, time) in series.timestamps.enumerated() where !series.values[index].isStaleMarker {
                let value = series.histogram(at: index)?.promQLText ?? formatPrometheusFloat(series.values[index])
                debugOutput += "\(value) @[\(time)]\n"
            }
        }
    }
}
