import PromQL
import TimeSeries

/// One rule evaluated a range at a time: the engine gives columns, the state machine steps through them.
struct RangeEvaluator {
    private var evaluator: RuleEvaluator
    private let group: RuleGroup
    /// Whether anything reads the rule's output; else it isn't stored.
    private let isWritten: Bool
    /// Recorded series that had a sample at the last step of the chunk before.
    private var open: Set<Labels> = []

    /// The group is evaluated at every n-th step of the run.
    private let every: Int

    init(rule: Rule, group: RuleGroup, every: Int, isWritten: Bool) {
        evaluator = RuleEvaluator(rule: rule, group: group)
        self.group = group
        self.every = every
        self.isWritten = isWritten
    }

    /// Throws what the engine, the state machine or the store throws; the run is then stepped instead.
    mutating func evaluate(steps chunk: ClosedRange<Int>, in run: RuleRun, log: inout RuleRunLog) throws {
        let first = (chunk.lowerBound + every - 1) / every * every
        let last = chunk.upperBound / every * every
        guard first <= last else { return }
        let steps = first...last
        let source = LayeredSource(inputs: run.inputs, outputs: run.outputs)
        let result = try Engine(source: source, options: run.options.engine).range(
            evaluator.rule.expression, from: run.schedule.time(steps.lowerBound),
            through: run.schedule.time(steps.upperBound), step: run.schedule.stepMillis * Int64(every))
        guard case .matrix(let columns) = result.value else { throw RuleFailure.notAVector }
        switch evaluator.rule.kind {
        case .recording: try record(columns, steps, run)
        case .alerting: try stepAlerts(columns, steps, run, &log)
        }
    }

    // MARK: Recording

    private mutating func record(_ columns: [Series], _ steps: ClosedRange<Int>, _ run: RuleRun) throws {
        let labels = columns.map { evaluator.recordedLabels($0.labels) }
        try refuseDoubles(columns, labels)
        guard isWritten else { return }
        let first = run.schedule.time(steps.lowerBound)
        let last = run.schedule.time(steps.upperBound)
        let distance = run.schedule.stepMillis * Int64(every)
        var ended = open
        var stillOpen: Set<Labels> = []
        for (column, labels) in zip(columns, labels) where !column.timestamps.isEmpty {
            if ended.remove(labels) != nil, column.timestamps[0] > first {
                try run.outputs.append(labels, at: first, staleMarker)
            }
            for (index, time) in column.timestamps.enumerated() {
                if let histogram = column.histogram(at: index) {
                    try run.outputs.append(labels, at: time, histogram)
                } else {
                    try run.outputs.append(labels, at: time, column.values[index])
                }
                let next = time + distance
                let hasNext = index + 1 < column.timestamps.count && column.timestamps[index + 1] == next
                if !hasNext, next <= last { try run.outputs.append(labels, at: next, staleMarker) }
            }
            if column.timestamps.last == last { stillOpen.insert(labels) }
        }
        for labels in ended.sorted() { try run.outputs.append(labels, at: first, staleMarker) }
        open = stillOpen
    }

    /// Two columns may become one series after the rule's labels were applied, as long as they never overlap; that
    /// is left to the steps.
    private func refuseDoubles(_ columns: [Series], _ labels: [Labels]) throws {
        if Set(labels).count < labels.count { throw RuleFailure.duplicateSeries(isAlert: false) }
    }

    // MARK: Alerting

    private mutating func stepAlerts(
        _ columns: [Series], _ steps: ClosedRange<Int>, _ run: RuleRun, _ log: inout RuleRunLog
    ) throws {
        let context = run.options.context
        let hasFixedLabels = evaluator.rule.labels.allSatisfy(\.template.followsFromLabels)
        var slots = Array(repeating: -1, count: columns.count)
        var cursors = Array(repeating: 0, count: columns.count)
        for step in stride(from: steps.lowerBound, through: steps.upperBound, by: every) {
            let millis = run.schedule.time(step)
            for index in columns.indices {
                let cursor = cursors[index]
                guard cursor < columns[index].timestamps.count, columns[index].timestamps[cursor] == millis else {
                    continue
                }
                cursors[index] = cursor + 1
                // A histogram's value is 0 for an alert, as in Prometheus.
                let isHistogram = columns[index].values[cursor].isHistogramMarker
                let value = isHistogram ? 0 : columns[index].values[cursor]
                if slots[index] < 0 || !hasFixedLabels {
                    let sample = VectorSample(labels: columns[index].labels, timestampMillis: millis, value: value)
                    slots[index] = evaluator.alerts.slot(
                        for: sample, context: context, environment: environment(at: millis, context))
                }
                try evaluator.alerts.mark(slots[index], value: value, sampleLabels: columns[index].labels)
            }
            let changes = try evaluator.alerts.evaluateMarked(at: millis)
            if log.notesTransitions {
                let environment = environment(at: millis, context)
                log.transitions += changes.map {
                    evaluator.transition($0, at: millis, context: context, environment: environment)
                }
            }
            if isWritten { try writeAlertSeries(at: millis, run) }
            if log.wantedAlerts[step]?.contains(evaluator.rule.name) == true {
                log.alerts[step, default: []] += currentAlerts(environment(at: millis, context), context)
            }
        }
        evaluator.alerts.compact()
    }

    /// Templates that query make the whole run stepped, so there is nothing to answer here.
    private func environment(at millis: Int64, _ context: RuleContext) -> TemplateEnvironment {
        TemplateEnvironment(timestampMillis: millis, externalURL: context.externalURL)
    }

    private mutating func writeAlertSeries(at millis: Int64, _ run: RuleRun) throws {
        let samples = evaluator.alerts.series()
        for (labels, value) in samples { try run.outputs.append(labels, at: millis, value) }
        for labels in evaluator.tracker.replace(with: samples.map(\.labels)) {
            try run.outputs.append(labels, at: millis, staleMarker)
        }
    }

    private func currentAlerts(_ environment: TemplateEnvironment, _ context: RuleContext) -> [ActiveAlert] {
        evaluator.alerts.records.indices.compactMap { slot in
            guard evaluator.alerts.records[slot].lifecycle.state != nil else { return nil }
            return evaluator.alerts.alert(in: slot, group: group.name, context: context, environment: environment)
        }
    }
}
