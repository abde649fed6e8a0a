import PromQL
import TimeSeries

/// One rule evaluated a range at a time: the engine gives columns, the alerts' state machines walk along them.
struct RangeEvaluator: Sendable {
    /// What a range gave; it takes effect when the caller stores the series.
    struct Output: Sendable {
        /// What the rule wrote, for a store that takes columns.
        var series: [Series] = []
        /// Alerts by step, for the names wanted there.
        var alerts: [Int: [ActiveAlert]] = [:]
        var transitions: [AlertTransition] = []
    }

    var expression: Expression { evaluator.rule.expression }
    private var evaluator: RuleEvaluator
    private let group: RuleGroup
    /// The group's place among the run's.
    let groupIndex: Int
    /// Whether anything reads the rule's output; else it isn't stored.
    private let isWritten: Bool
    /// The group is evaluated at every n-th step of the run.
    private let every: Int
    /// Recorded series that had a sample at the last step of the chunk before.
    private var open: Set<Labels> = []

    init(rule: Rule, group: RuleGroup, groupIndex: Int, every: Int, isWritten: Bool) {
        evaluator = RuleEvaluator(rule: rule, group: group)
        self.group = group
        self.groupIndex = groupIndex
        self.every = every
        self.isWritten = isWritten
    }

    /// Throws what the engine or the state machine throws; the rule is then stepped instead.
    ///
    /// - Parameter sharing: parts of expressions that other rules have, too.
    mutating func evaluate(
        steps chunk: ClosedRange<Int>, in run: RuleRun, engine: Engine, sharing: SharedParts?
    ) throws -> Output {
        guard
            let times = RangeTimes(
                chunk, every: every, offsetMillis: group.queryOffsetMillis, schedule: run.schedule)
        else { return noteUnchanged(chunk, in: run) }
        let columns = try engine.columns(
            evaluator.rule.expression, from: times.written[0], step: times.distanceMillis, count: times.count,
            sharing: sharing)
        switch evaluator.rule.kind {
        case .recording: return Output(series: try record(columns, times))
        case .alerting: return try stepAlerts(columns, times, chunk, run)
        }
    }

    // MARK: Recording

    private mutating func record(_ columns: [StepColumn], _ times: RangeTimes) throws -> [Series] {
        if evaluator.limit > 0, columns.count > evaluator.limit { try checkLimit(columns, times) }
        var known = Set<Labels>(minimumCapacity: columns.count)
        var series: [Series] = []
        var stillOpen: Set<Labels> = []
        for column in columns where column.hasSamples {
            let labels = evaluator.recordedLabels(column.labels)
            // Two columns may become one series, as long as they never overlap; that is left to the steps.
            guard known.insert(labels).inserted else { throw RuleFailure.duplicateSeries(isAlert: false) }
            if !isWritten { continue }
            series.append(column.recorded(labels, isOpen: open.remove(labels) != nil, times.written))
            if column.isPresent(times.count - 1) { stillOpen.insert(labels) }
        }
        for labels in open.sorted() {
            series.append(Series(labels: labels, timestamps: [times.written[0]], values: [staleMarker]))
        }
        open = stillOpen
        return series
    }

    private func checkLimit(_ columns: [StepColumn], _ times: RangeTimes) throws(RuleFailure) {
        for index in 0..<times.count {
            let count = columns.reduce(0) { $1.isPresent(index) ? $0 + 1 : $0 }
            if count > evaluator.limit {
                throw .limitExceeded(limit: evaluator.limit, count: count, isAlert: false)
            }
        }
    }

    // MARK: Alerting

    private mutating func stepAlerts(
        _ columns: [StepColumn], _ times: RangeTimes, _ chunk: ClosedRange<Int>, _ run: RuleRun
    ) throws -> Output {
        let wanted = wantedSteps(chunk, run)
        var report = AlertRangeReport()
        report.notesChanges = run.log.notesTransitions
        report.makesSeries = isWritten
        report.wanted = Array(Set(wanted.map(times.index(atOrBefore:)))).sorted()
        // Before the first evaluation of this chunk the alerts stand as the chunk before left them.
        let before = report.wanted.first == -1 ? evaluator.alerts.records.filter { $0.lifecycle.state != nil } : []
        let context = run.options.context
        if evaluator.alerts.labelsFollowFromSample {
            try evaluator.alerts.evaluate(columns, times: times, context: context, report: &report)
        } else {
            try stepByStep(columns, times, context, &report)
        }
        var output = Output(series: report.series)
        output.transitions = report.changes.map { index, change, record in
            let millis = times.evaluated[index]
            return evaluator.transition(
                change.transition, of: record, activeAt: change.activeAtMillis, at: millis, context,
                environment(at: millis, context))
        }
        if !wanted.isEmpty {
            var alerts = Dictionary(grouping: report.noted, by: \.index).mapValues {
                $0.map { alert($0.record, context) }
            }
            alerts[-1] = before.map { alert($0, context) }
            for step in wanted { output.alerts[step] = alerts[times.index(atOrBefore: step)] }
        }
        evaluator.alerts.compact()
        return output
    }

    /// For rules whose labels depend on more than the sample's labels: each sample is asked for its alert.
    private mutating func stepByStep(
        _ columns: [StepColumn], _ times: RangeTimes, _ context: RuleContext, _ report: inout AlertRangeReport
    ) throws {
        var written: [Labels: Series] = [:]
        for index in 0..<times.count {
            let millis = times.evaluated[index]
            let environment = environment(at: millis, context)
            for column in columns where column.isPresent(index) {
                let value = column.alertValue(index)
                let sample = VectorSample(labels: column.labels, timestampMillis: millis, value: value)
                let slot = evaluator.alerts.slot(for: sample, context: context, environment: environment)
                try evaluator.alerts.mark(slot, value: value, sampleLabels: column.labels, at: millis)
            }
            let changes = try evaluator.alerts.evaluateMarked(at: millis)
            if report.notesChanges {
                report.changes += changes.map { (index, $0, evaluator.alerts.records[$0.slot]) }
            }
            if report.makesSeries { writeAlertSeries(at: times.written[index], &written) }
            if report.wanted.contains(index) {
                report.noted += evaluator.alerts.records.filter { $0.lifecycle.state != nil }.map { (index, $0) }
            }
        }
        report.series = written.values.sorted { $0.labels < $1.labels }
    }

    private mutating func writeAlertSeries(at millis: Int64, _ written: inout [Labels: Series]) {
        let samples = evaluator.alerts.series()
        for (labels, value) in samples {
            written[labels, default: Series(labels: labels)].append(value, at: millis)
        }
        for labels in evaluator.tracker.replace(with: samples.map(\.labels)) {
            written[labels, default: Series(labels: labels)].append(staleMarker, at: millis)
        }
    }

    // MARK: Alerts that someone asks for

    private func wantedSteps(_ chunk: ClosedRange<Int>, _ run: RuleRun) -> [Int] {
        run.log.wantedAlerts.filter { chunk.contains($0.key) && $0.value.contains(evaluator.rule.name) }.keys.sorted()
    }

    /// A chunk without an evaluation of the group.
    private func noteUnchanged(_ chunk: ClosedRange<Int>, in run: RuleRun) -> Output {
        var output = Output()
        for step in wantedSteps(chunk, run) {
            output.alerts[step] = evaluator.alerts.records.filter { $0.lifecycle.state != nil }.map {
                alert($0, run.options.context)
            }
        }
        return output
    }

    private func alert(_ record: AlertTable.Record, _ context: RuleContext) -> ActiveAlert {
        evaluator.alerts.alert(
            record, group: group.name, context: context, environment: environment(at: record.seenMillis, context))
    }

    /// Rules whose templates query are stepped, so there is nothing to answer here.
    private func environment(at millis: Int64, _ context: RuleContext) -> TemplateEnvironment {
        TemplateEnvironment(timestampMillis: millis, externalURL: context.externalURL)
    }
}

extension StepColumn {
    /// The samples with a staleness marker after each stretch of them; a column without gaps is shared.
    ///
    /// - Parameter isOpen: whether the series had a sample just before.
    fileprivate func recorded(_ labels: Labels, isOpen: Bool, _ times: [Int64]) -> Series {
        if histograms.isEmpty, !values.contains(where: \.isStaleMarker) {
            return Series(labels: labels, timestamps: times, values: values)
        }
        var series = Series(labels: labels)
        var isOpen = isOpen
        for (index, time) in times.enumerated() {
            if isPresent(index) {
                if let histogram = histograms.isEmpty ? nil : histograms[index] {
                    series.append(histogram, at: time)
                } else {
                    series.append(values[index], at: time)
                }
            } else if isOpen {
                series.append(staleMarker, at: time)
            }
            isOpen = isPresent(index)
        }
        return series
    }
}
