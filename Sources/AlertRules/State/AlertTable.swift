import PromQL
import TimeSeries

/// All alerts of one alerting rule: which sample is which alert, and each alert's life.
///
/// Alerts live in slots so that a replay over a long range finds them without hashing; the live evaluator frees
/// slots of gone alerts after each evaluation, so memory is bounded by the alerts there are.
struct AlertTable: Sendable {
    struct Record: Sendable {
        var labels: Labels
        var lifecycle = AlertLifecycle()
        /// Labels of the sample it was last made of, `__name__` included.
        var sampleLabels: Labels
        var value = Double.nan
        var seenIn = 0
        /// When it was last seen; its annotations stay as they were then.
        var seenMillis = Int64.min
        /// Whose `ALERTS` series has no end yet; only kept where ranges are evaluated.
        var openState: AlertState?
        /// The labels of the series it writes, but for those that each of them adds.
        private let writtenLabels: Labels
        private var names: SeriesNames?

        init(labels: Labels, sampleLabels: Labels, writtenLabels: Labels) {
            self.labels = labels
            self.sampleLabels = sampleLabels
            self.writtenLabels = writtenLabels
        }

        /// The series that the alert writes.
        mutating func seriesNames() -> SeriesNames {
            if let names { return names }
            let fresh = SeriesNames(writtenLabels)
            names = fresh
            return fresh
        }
    }

    /// The labels of the series that one alert writes.
    struct SeriesNames: Sendable {
        let pending: Labels
        let firing: Labels
        let forState: Labels

        init(_ labels: Labels) {
            let alerts = labels.setting(Label.metricName, "ALERTS")
            pending = alerts.setting(AlertTable.stateLabel, AlertState.pending.rawValue)
            firing = alerts.setting(AlertTable.stateLabel, AlertState.firing.rawValue)
            forState = labels.setting(Label.metricName, "ALERTS_FOR_STATE")
        }
    }

    /// A change of one alert during an evaluation.
    struct Change: Sendable {
        var slot: Int
        var transition: AlertLifecycle.Transition
        /// Since when the alert was active, also when it just ceased to be.
        var activeAtMillis: Int64
    }

    let rule: Rule
    let limit: Int
    var records: [Record] = []
    private var slots: [Labels: Int] = [:]
    private var slotOfSample: [Labels: Int] = [:]
    private var generation = 0
    /// Whether a sample's labels alone say which alert it is.
    let labelsFollowFromSample: Bool
    private let hasConstantLabels: Bool

    init(rule: Rule, limit: Int) {
        self.rule = rule
        self.limit = limit
        labelsFollowFromSample = rule.labels.allSatisfy(\.template.followsFromLabels)
        hasConstantLabels = rule.labels.allSatisfy(\.template.isConstant)
    }

    /// The slot of the alert that a sample stands for.
    mutating func slot(
        for sample: VectorSample, context: RuleContext, environment: TemplateEnvironment
    ) -> Int {
        if labelsFollowFromSample, let known = slotOfSample[sample.labels] { return known }
        let labels = alertLabels(of: sample, context: context, environment: environment)
        let slot = slots[labels] ?? records.count
        if slot == records.count {
            records.append(
                Record(labels: labels, sampleLabels: sample.labels, writtenLabels: writtenLabels(labels)))
            slots[labels] = slot
        }
        if labelsFollowFromSample { slotOfSample[sample.labels] = slot }
        return slot
    }

    private func alertLabels(
        of sample: VectorSample, context: RuleContext, environment: TemplateEnvironment
    ) -> Labels {
        var pairs = sample.labels.pairs.filter { $0.name != Label.metricName }
        if hasConstantLabels {
            pairs += rule.labels.map { Label(name: $0.name, value: $0.template.text) }
        } else {
            let seen = TemplateSample(sample)
            pairs += rule.labels.map { text in
                let value = text.template.expandOrExplain(
                    seen, externalLabels: context.externalLabels, environment: environment)
                return Label(name: text.name, value: value)
            }
        }
        pairs.append(Label(name: AlertTable.nameLabel, value: rule.name))
        return Labels(pairs)
    }

    /// As in Prometheus, `ALERTS` and `ALERTS_FOR_STATE` have the text of a label's template where it expands to
    /// nothing, and the alert itself has no such label.
    private func writtenLabels(_ labels: Labels) -> Labels {
        if hasConstantLabels { return labels }
        let absent = rule.labels.filter { labels[$0.name].isEmpty && !$0.template.text.isEmpty }
        return absent.reduce(labels) { $0.setting($1.name, $1.template.text) }
    }

    /// One evaluation: `present` are slots with their samples.
    mutating func evaluate(
        _ present: [(slot: Int, sample: VectorSample)], at millis: Int64
    ) throws(RuleFailure) -> [Change] {
        generation += 1
        for (slot, sample) in present {
            if records[slot].seenIn == generation { throw .duplicateSeries(isAlert: true) }
            records[slot].seenIn = generation
            see(slot, value: sample.value, sampleLabels: sample.labels, at: millis)
        }
        return try advance(at: millis)
    }

    /// As ``evaluate(_:at:)`` for columns that are read step by step: the caller marks what is there first.
    mutating func mark(_ slot: Int, value: Double, sampleLabels: Labels, at millis: Int64) throws(RuleFailure) {
        if records[slot].seenIn == generation + 1 {
            generation += 1
            throw .duplicateSeries(isAlert: true)
        }
        records[slot].seenIn = generation + 1
        see(slot, value: value, sampleLabels: sampleLabels, at: millis)
    }

    private mutating func see(_ slot: Int, value: Double, sampleLabels: Labels, at millis: Int64) {
        records[slot].value = value
        records[slot].sampleLabels = sampleLabels
        records[slot].seenMillis = millis
    }

    /// Ends an evaluation begun with ``mark(_:value:sampleLabels:)``.
    mutating func evaluateMarked(at millis: Int64) throws(RuleFailure) -> [Change] {
        generation += 1
        return try advance(at: millis)
    }

    private mutating func advance(at millis: Int64) throws(RuleFailure) -> [Change] {
        var changes: [Change] = []
        var active = 0
        for slot in records.indices {
            let isPresent = records[slot].seenIn == generation
            if !isPresent, records[slot].lifecycle.state == nil { continue }
            let before = records[slot].lifecycle
            let transition = records[slot].lifecycle.evaluate(
                isPresent: isPresent, at: millis, forMillis: rule.forMillis,
                keepFiringForMillis: rule.keepFiringForMillis)
            if let transition {
                let since = records[slot].lifecycle.state == nil ? before : records[slot].lifecycle
                changes.append(Change(slot: slot, transition: transition, activeAtMillis: since.activeAtMillis))
            }
            if records[slot].lifecycle.isActive { active += 1 }
        }
        if limit > 0, active > limit {
            clear()
            throw .limitExceeded(limit: limit, count: active, isAlert: true)
        }
        return changes
    }

    private mutating func clear() {
        records.removeAll()
        slots.removeAll()
        slotOfSample.removeAll()
    }

    /// Frees the slots of alerts that are gone; slots handed out before are void afterwards.
    mutating func compact() {
        let kept = records.filter { $0.lifecycle.state != nil }
        guard kept.count < records.count || slotOfSample.count > 2 * records.count + 16 else { return }
        clear()
        for record in kept {
            slots[record.labels] = records.count
            records.append(record)
        }
    }

    /// Takes over the alerts of an earlier version of the rule.
    mutating func inherit(_ other: AlertTable) {
        clear()
        for record in other.records where record.lifecycle.state != nil {
            slots[record.labels] = records.count
            records.append(record)
        }
        generation = other.generation
    }

    /// Alerts that are to be sent now; they count as sent afterwards.
    mutating func takeForSending(at millis: Int64, intervalMillis: Int64, resendDelayMillis: Int64) -> [Int] {
        records.indices.filter {
            records[$0].lifecycle.takeForSending(
                at: millis, intervalMillis: intervalMillis, resendDelayMillis: resendDelayMillis)
        }
    }

    // MARK: Series and alerts

    static let nameLabel = "alertname"
    static let stateLabel = "alertstate"

    /// The samples of `ALERTS` and `ALERTS_FOR_STATE`.
    mutating func series() -> [(labels: Labels, value: Double)] {
        var result: [(labels: Labels, value: Double)] = []
        for slot in records.indices where records[slot].lifecycle.isActive {
            let names = records[slot].seriesNames()
            result.append((records[slot].lifecycle.state == .firing ? names.firing : names.pending, 1))
            result.append((names.forState, records[slot].lifecycle.activeAtSeconds))
        }
        return result
    }

    /// One alert with its annotations expanded as at the time when it was last seen.
    func alert(
        _ record: Record, group: String, context: RuleContext, environment: TemplateEnvironment
    ) -> ActiveAlert {
        let sample = TemplateSample(
            VectorSample(labels: record.sampleLabels, timestampMillis: 0, value: record.value))
        let annotations = rule.annotations.map { text in
            let value = text.template.expandOrExplain(
                sample, externalLabels: context.externalLabels, environment: environment)
            return Label(name: text.name, value: value)
        }
        return ActiveAlert(
            group: group, name: rule.name, labels: record.labels, annotations: Labels(annotations),
            emptyAnnotations: annotations.filter(\.value.isEmpty).map(\.name),
            expression: rule.expressionText, value: record.value, lifecycle: record.lifecycle)
    }
}

extension TemplateSample {
    init(_ sample: VectorSample) {
        self.init(
            labels: Dictionary(sample.labels.pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
            value: sample.value)
    }
}
