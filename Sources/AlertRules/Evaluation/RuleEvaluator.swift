import PromQL
import TimeSeries

/// The state of one rule, fed with the result of its expression: the same for live evaluation, unit tests and replay.
struct RuleEvaluator: Sendable {
    let rule: Rule
    let group: String
    let limit: Int
    var alerts: AlertTable
    var tracker = SeriesTracker()
    /// What a recording rule makes of a sample's labels, for those of the last evaluations.
    private var recorded: [Labels: Labels] = [:]

    /// A sample that the rule writes.
    struct Sample: Sendable {
        var labels: Labels
        var value: Double
        var histogram: FloatHistogram?
    }

    /// What a result became.
    struct Outcome: Sendable {
        var samples: [Sample]
        var changes: [AlertTable.Change]
    }

    init(rule: Rule, group: RuleGroup) {
        self.rule = rule
        self.group = group.name
        limit = group.limit
        alerts = AlertTable(rule: rule, limit: group.limit)
    }

    /// The samples of a query's result; a scalar is a sample without labels.
    static func vector(_ value: QueryValue) throws(RuleFailure) -> [VectorSample] {
        switch value {
        case .vector(let samples): return samples
        case .scalar(let time, let number): return [VectorSample(labels: .empty, timestampMillis: time, value: number)]
        case .string, .matrix: throw .notAVector
        }
    }

    mutating func apply(
        _ vector: [VectorSample], at millis: Int64, context: RuleContext, environment: TemplateEnvironment
    ) throws(RuleFailure) -> Outcome {
        switch rule.kind {
        case .recording: return Outcome(samples: try record(vector), changes: [])
        case .alerting:
            let present = vector.map { sample in
                (slot: alerts.slot(for: sample, context: context, environment: environment), sample: sample)
            }
            let changes = try alerts.evaluate(present, at: millis)
            return Outcome(
                samples: alerts.series().map { Sample(labels: $0.labels, value: $0.value) }, changes: changes)
        }
    }

    /// A recording rule's labels: those of the sample, with the rule's name and labels.
    func recordedLabels(_ labels: Labels) -> Labels {
        var labels = labels.setting(Label.metricName, rule.name)
        for text in rule.labels { labels = labels.setting(text.name, text.template.text) }
        return labels
    }

    private mutating func record(_ vector: [VectorSample]) throws(RuleFailure) -> [Sample] {
        if recorded.count > 2 * vector.count + 16 { recorded.removeAll() }
        var samples: [Sample] = []
        samples.reserveCapacity(vector.count)
        for sample in vector {
            var labels = recorded[sample.labels]
            if labels == nil {
                labels = recordedLabels(sample.labels)
                recorded[sample.labels] = labels
            }
            guard let labels else { continue }
            samples.append(Sample(labels: labels, value: sample.value, histogram: sample.histogram))
        }
        let written = samples.map(\.labels)
        if !tracker.isSame(as: written), Set(written).count < written.count { throw .duplicateSeries(isAlert: false) }
        if limit > 0, samples.count > limit {
            throw .limitExceeded(limit: limit, count: samples.count, isAlert: false)
        }
        return samples
    }

    /// A change as others see it; annotations are expanded for alerts that begin to fire.
    func transition(
        _ change: AlertTable.Change, at millis: Int64, context: RuleContext, environment: TemplateEnvironment
    ) -> AlertTransition {
        transition(
            change.transition, of: alerts.records[change.slot], activeAt: change.activeAtMillis, at: millis, context,
            environment)
    }

    func transition(
        _ transition: AlertLifecycle.Transition, of record: AlertTable.Record, activeAt: Int64, at millis: Int64,
        _ context: RuleContext, _ environment: TemplateEnvironment
    ) -> AlertTransition {
        var annotations = Labels.empty
        if transition == .firing {
            annotations =
                alerts.alert(record, group: group, context: context, environment: environment).annotations
        }
        return AlertTransition(
            timestampMillis: millis, group: group, name: rule.name, labels: record.labels,
            transition: transition, value: record.value, activeAtMillis: activeAt,
            firedAtMillis: record.lifecycle.firedAtMillis, annotations: annotations)
    }
}
