import PromQL
import TimeSeries

/// Evaluates a group of rules at one time after the other: live in the gateway, step by step in tests and replay.
///
/// Not thread-safe: one thread evaluates, and hands on the ``Evaluation`` it got. Memory is bounded by the alerts
/// and series that the rules have now.
public final class GroupEvaluator {
    /// Writes a sample of a rule's output into the store that the next rules read.
    public typealias Append = (Labels, Int64, Double) throws -> Void
    /// Writes a sample that is a native histogram.
    public typealias AppendHistogram = (Labels, Int64, FloatHistogram) throws -> Void

    /// How a group is evaluated.
    public struct Options: Sendable {
        /// External labels, addresses, delays.
        public var context = RuleContext()
        /// The engine's rules and limits.
        public var engine = EngineOptions()
        /// What expressions of templates may use; those of rules are parsed already.
        public var parser = ParserOptions()
        /// Whether `ALERTS` and `ALERTS_FOR_STATE` are written.
        public var writesAlertSeries = true
        /// Whether alerts with their annotations, and those to send, are part of the evaluation; tests ask for single
        /// ones instead.
        public var collectsAlerts = true
        /// Whether changes of alerts are part of the evaluation.
        public var collectsTransitions = true
        /// For a source that outlives the program: after the second evaluation alerts take over how long they had
        /// been pending, and only then are `ALERTS` and `ALERTS_FOR_STATE` written. Nil starts anew.
        public var restore: RestoreSettings?
        /// Whether an empty result is told from missing inputs, at the cost of a look into the source.
        public var checksForData = true
        /// A monotonic clock in nanoseconds, for durations only.
        public var monotonicNanos: @Sendable () -> UInt64 = MonotonicClock.nanos

        /// The defaults.
        public init() {}
    }

    /// The group as loaded.
    public let group: RuleGroup
    private let options: Options
    private(set) var rules: [RuleEvaluator]
    /// Series of rules that a reload removed; they end at the next evaluation.
    private var orphaned: [Labels] = []
    /// Evaluations so far, as far as restoring asks for them.
    private var evaluationCount = 0

    /// An evaluator without alerts.
    public init(group: RuleGroup, options: Options = Options()) {
        self.group = group
        self.options = options
        rules = group.rules.map { RuleEvaluator(rule: $0, group: group) }
    }

    /// An evaluator that takes over alerts and series from the group's earlier version, after a reload.
    ///
    /// Rules are the same when their kind, name and labels are.
    public convenience init(group: RuleGroup, options: Options = Options(), replacing earlier: GroupEvaluator) {
        self.init(group: group, options: options)
        var left = earlier.rules
        for index in rules.indices {
            guard let match = left.firstIndex(where: { $0.rule.isSameSeries(as: rules[index].rule) }) else { continue }
            let old = left.remove(at: match)
            rules[index].alerts.inherit(old.alerts)
            rules[index].tracker = old.tracker
        }
        for index in left.indices { orphaned += left[index].tracker.replace(with: []) }
        orphaned += earlier.orphaned
        evaluationCount = earlier.evaluationCount
    }

    /// The series that the last evaluation wrote; who drops a group ends them, with a staleness marker each.
    public var writtenSeries: [Labels] { orphaned + rules.flatMap(\.tracker.previous) }

    /// Milliseconds between evaluations.
    public var intervalMillis: Int64 { group.intervalMillis ?? options.context.defaultIntervalMillis }

    /// Evaluates all rules, in order, at `millis` (milliseconds since the epoch); every rule sees what the ones
    /// before it wrote.
    ///
    /// - Parameters:
    ///   - source: what the expressions read; must show what `append` wrote.
    ///   - append: takes the samples of recording rules, `ALERTS`, `ALERTS_FOR_STATE` and staleness markers. A
    ///     ``SeriesStoreError`` about order or doubles is counted, every other error is the rule's error.
    ///   - appendHistogram: takes the native histograms that recording rules make; without it they go nowhere.
    public func evaluate(
        at millis: Int64, source: any SeriesSource, append: Append, appendHistogram: AppendHistogram? = nil
    ) -> Evaluation {
        evaluate(at: millis, source: source, parts: [], append: append, appendHistogram: appendHistogram)
    }

    /// - Parameter parts: for each rule what is known of its expression already; empty for nothing.
    func evaluate(
        at millis: Int64, source: any SeriesSource, parts: [StepParts?], append: Append,
        appendHistogram: AppendHistogram?
    ) -> Evaluation {
        let written = millis.subtractingClamped(group.queryOffsetMillis)
        for labels in orphaned { try? append(labels, written, staleMarker) }
        orphaned = []
        var evaluation = Evaluation(group: group.name, timestampMillis: millis, rules: [], alertsToSend: [])
        for index in rules.indices {
            let started = options.monotonicNanos()
            let known = parts.isEmpty ? nil : parts[index]
            var result = evaluate(rule: index, at: millis, source: source, known, append, appendHistogram)
            result.durationNanos = options.monotonicNanos() &- started
            if rules[index].rule.kind == .alerting, result.error == nil {
                if options.collectsAlerts {
                    evaluation.alertsToSend += takeAlertsToSend(rule: index, at: millis, source: source)
                }
                rules[index].alerts.compact()
            }
            evaluation.rules.append(result)
        }
        if evaluationCount < GroupEvaluator.evaluationsBeforeRestore {
            evaluationCount += 1
            if evaluationCount == GroupEvaluator.evaluationsBeforeRestore { restoreState(at: millis, source: source) }
        }
        return evaluation
    }

    /// After one evaluation series may not be there yet of which alerts are made; Prometheus waits for a second.
    private static let evaluationsBeforeRestore = 2

    private var writesAlertSeries: Bool {
        options.writesAlertSeries
            && (options.restore == nil || evaluationCount >= GroupEvaluator.evaluationsBeforeRestore)
    }

    /// A source that fails now has no past to offer.
    private func restoreState(at millis: Int64, source: any SeriesSource) {
        guard let settings = options.restore else { return }
        for index in rules.indices where rules[index].rule.kind == .alerting {
            try? rules[index].alerts.restore(at: millis, source: source, settings: settings)
        }
    }

    private func evaluate(
        rule index: Int, at millis: Int64, source: any SeriesSource, _ parts: StepParts?, _ append: Append,
        _ appendHistogram: AppendHistogram?
    ) -> RuleEvaluation {
        let rule = rules[index].rule
        var result = RuleEvaluation(
            name: rule.name, kind: rule.kind, health: .ok, error: nil, resultCount: 0, durationNanos: 0, alerts: [],
            transitions: [], refusedSamples: 0)
        let written = millis.subtractingClamped(group.queryOffsetMillis)
        do {
            let engine = Engine(source: source, options: options.engine)
            let value = try engine.instant(rule.expression, at: written, parts: parts).value
            let vector = try RuleEvaluator.vector(value)
            result.resultCount = vector.count
            let environment = self.environment(at: millis, source: source)
            let outcome = try rules[index].apply(
                vector, at: millis, context: options.context, environment: environment)
            if options.collectsTransitions {
                result.transitions = outcome.changes.map {
                    rules[index].transition($0, at: millis, context: options.context, environment: environment)
                }
            }
            result.refusedSamples = try write(outcome, rule: index, at: written, append, appendHistogram)
            if options.checksForData, vector.isEmpty, try readsNothing(rule.expression, at: written, source) {
                result.health = .noData
            }
        } catch {
            result.health = .error
            result.error = "\(error)"
        }
        if rule.kind == .alerting, options.collectsAlerts {
            result.alerts = alerts(rule: index, source: source)
        }
        return result
    }

    private func write(
        _ outcome: RuleEvaluator.Outcome, rule index: Int, at millis: Int64, _ append: Append,
        _ appendHistogram: AppendHistogram?
    ) throws -> Int {
        guard rules[index].rule.kind == .recording || writesAlertSeries else { return 0 }
        var refused = 0
        for sample in outcome.samples {
            do {
                if let histogram = sample.histogram {
                    try appendHistogram?(sample.labels, millis, histogram)
                } else {
                    try append(sample.labels, millis, sample.value)
                }
            } catch let error as SeriesStoreError {
                guard error.isAboutOrder else { throw error }
                refused += 1
            }
        }
        for labels in rules[index].tracker.replace(with: outcome.samples.map(\.labels)) {
            do {
                try append(labels, millis, staleMarker)
            } catch let error as SeriesStoreError {
                guard error.isAboutOrder else { throw error }
            }
        }
        return refused
    }

    /// Whether the rule has selectors and none of them finds a series.
    private func readsNothing(_ expression: Expression, at millis: Int64, _ source: any SeriesSource) throws -> Bool {
        let selectors = expression.selectors
        guard !selectors.isEmpty else { return false }
        let from = millis.subtractingClamped(options.engine.lookbackMillis + SelectorReach.millis(of: expression))
        for selector in selectors
        where try !source.select(selector.matchers, from: from, through: millis).isEmpty { return false }
        return true
    }

    // MARK: Alerts

    private func environment(at millis: Int64, source: any SeriesSource) -> TemplateEnvironment {
        TemplateEnvironment.live(
            at: millis, queryAt: millis.subtractingClamped(group.queryOffsetMillis), context: options.context,
            engine: Engine(source: source, options: options.engine), parser: options.parser)
    }

    private func takeAlertsToSend(rule index: Int, at millis: Int64, source: any SeriesSource) -> [ActiveAlert] {
        let slots = rules[index].alerts.takeForSending(
            at: millis, intervalMillis: intervalMillis, resendDelayMillis: options.context.resendDelayMillis)
        return slots.map { alert(rules[index].alerts.records[$0], rule: index, source: source) }
    }

    /// The alerts of a rule after the last evaluation, annotations as they were when each was last seen.
    func alerts(rule index: Int, source: any SeriesSource) -> [ActiveAlert] {
        rules[index].alerts.records.filter { $0.lifecycle.state != nil }.map {
            alert($0, rule: index, source: source)
        }
    }

    private func alert(_ record: AlertTable.Record, rule index: Int, source: any SeriesSource) -> ActiveAlert {
        let environment = self.environment(at: record.seenMillis, source: source)
        return rules[index].alerts.alert(
            record, group: group.name, context: options.context, environment: environment)
    }
}

extension Rule {
    /// Whether both write the same series, so that one can take over from the other.
    func isSameSeries(as other: Rule) -> Bool {
        kind == other.kind && name == other.name && labels.count == other.labels.count
            && zip(labels, other.labels).allSatisfy { $0.name == $1.name && $0.template.text == $1.template.text }
    }
}

extension SeriesStoreError {
    /// Too old or doubled: such samples are left out, as in Prometheus.
    var isAboutOrder: Bool {
        switch self {
        case .outOfOrder, .duplicate: true
        case .tooManySeries, .tooManySamples: false
        }
    }
}

extension TemplateEnvironment {
    /// Queries of templates are answered by the engine, at the time the rule's expression was evaluated.
    static func live(
        at millis: Int64, queryAt: Int64, context: RuleContext, engine: Engine, parser: ParserOptions
    ) -> TemplateEnvironment {
        TemplateEnvironment(timestampMillis: millis, externalURL: context.externalURL) { text in
            let value = try engine.instant(try ExpressionText.parse(text, parser), at: queryAt).value
            return try RuleEvaluator.vector(value).map(TemplateSample.init)
        }
    }
}
