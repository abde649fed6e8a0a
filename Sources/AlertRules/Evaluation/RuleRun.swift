import PromQL
import TimeSeries

/// Evaluates groups of rules over a span of time on given inputs: what unit tests and replay do.
///
/// Rules are evaluated a whole range at a time where ``RulePlan`` proves that it gives the same as stepping, else
/// step by step; the alert state machine always steps.
struct RuleRun {
    struct Options: Sendable {
        var context = RuleContext()
        var engine = EngineOptions()
        /// What expressions of templates may use.
        var parser = ParserOptions()
        /// Each group is evaluated at every n-th step of the schedule; groups that are not named at every step.
        var strides: [Int: Int] = [:]
        /// Whether every rule is stepped, for comparison.
        var forcesSteps = false
        /// Selectors outside of the rules that will read outputs afterwards; nil keeps all outputs.
        var laterReaders: [VectorSelector]? = []
        /// Metric names that both the inputs and the rules have; such rules must be stepped.
        var sharedNames: Set<String> = []
        /// The bounds of the rules' outputs.
        var limits = SeriesStoreLimits()
    }

    let groups: [RuleGroup]
    let options: Options
    let schedule: RunSchedule
    let inputs: any SeriesSource
    private(set) var log: RuleRunLog
    private(set) var outputs: SeriesStore

    /// Steps evaluated at once: bounds the memory of range results.
    static let chunkSteps = 2_048

    init(
        groups: [RuleGroup], inputs: any SeriesSource, schedule: RunSchedule, options: Options,
        log: RuleRunLog = RuleRunLog()
    ) {
        self.groups = groups
        self.inputs = inputs
        self.schedule = schedule
        self.options = options
        self.log = log
        outputs = SeriesStore(limits: options.limits)
    }

    /// What the rules' last evaluation saw, and all they wrote.
    var source: LayeredSource { LayeredSource(inputs: inputs, outputs: outputs, horizon: schedule.lastMillis) }

    mutating func run() {
        let plan = RulePlan(groups: groups)
        let wanted = log
        if options.forcesSteps || plan.isStepped.allSatisfy({ $0 }) || groups.allSatisfy(\.rules.isEmpty) {
            runSteps(skipping: [])
        } else if !runRanges(plan) {
            // A range fails as a whole; only steps can tell which evaluation does.
            log = wanted
            outputs = SeriesStore(limits: options.limits)
            runSteps(skipping: [])
        }
        if log.notesTransitions { sortTransitions() }
    }

    /// By time, and at one time in the order of the rules; the order of the steps where there was only stepping.
    private mutating func sortTransitions() {
        var ranks: [String: Int] = [:]
        for group in groups {
            for rule in group.rules { ranks[group.name + "\0" + rule.name] = ranks.count }
        }
        let keyed = log.transitions.map { ($0.timestampMillis, ranks[$0.group + "\0" + $0.name] ?? 0, $0) }
        log.transitions = keyed.sorted { left, right in
            if left.0 != right.0 { return left.0 < right.0 }
            if left.1 != right.1 { return left.1 < right.1 }
            return left.2.labels < right.2.labels
        }.map { $0.2 }
    }

    // MARK: Steps

    /// Evaluates all rules step by step, but those in `skipping` (group, rule), which were evaluated already.
    private mutating func runSteps(skipping: Set<RuleIndex>, from first: Int = 0, through last: Int? = nil) {
        let evaluators = stepped(skipping)
        for step in first...(last ?? schedule.count - 1) {
            if !runStep(step, evaluators) { return }
        }
    }

    struct RuleIndex: Hashable {
        var group: Int
        var rule: Int
    }

    func stepped(_ skipping: Set<RuleIndex>) -> [GroupEvaluator] {
        var options = GroupEvaluator.Options()
        options.context = self.options.context
        options.engine = self.options.engine
        options.parser = self.options.parser
        options.collectsAlerts = false
        options.checksForData = false
        options.monotonicNanos = { 0 }
        return groups.enumerated().map { index, group in
            var group = group
            group.rules = group.rules.enumerated().filter {
                !skipping.contains(RuleIndex(group: index, rule: $0.offset))
            }.map(\.element)
            return GroupEvaluator(group: group, options: options)
        }
    }

    /// False when the run ends here.
    mutating func runStep(_ step: Int, _ evaluators: [GroupEvaluator]) -> Bool {
        let millis = schedule.time(step)
        let source = LayeredSource(inputs: inputs, outputs: outputs, horizon: millis)
        let writer = OutputWriter(outputs: outputs, inputs: inputs, sharedNames: options.sharedNames)
        var hasFailed = false
        for (groupIndex, evaluator) in evaluators.enumerated() where !evaluator.group.rules.isEmpty {
            if step % (options.strides[groupIndex] ?? 1) != 0 { continue }
            let evaluation = evaluator.evaluate(
                at: millis, source: source, append: { try writer.append($0, at: $1, $2) },
                appendHistogram: { try writer.append($0, at: $1, $2) })
            for rule in evaluation.rules {
                if log.notesTransitions { log.transitions += rule.transitions }
                guard let error = rule.error ?? log.refusal(rule) else { continue }
                hasFailed = true
                log.note(
                    RuleRunLog.Failure(
                        group: evaluation.group, rule: rule.name, timestampMillis: millis, message: error))
            }
            if let names = log.wantedAlerts[step] {
                for (index, rule) in evaluator.group.rules.enumerated()
                where rule.kind == .alerting && names.contains(rule.name) {
                    let alerts = evaluator.alerts(rule: index, at: millis, source: source)
                    log.alerts[step, default: []] += alerts
                }
            }
        }
        return !(hasFailed && log.stopsAtFailure)
    }

    // MARK: Ranges

    /// False when a range could not be evaluated; everything noted so far is then void.
    private mutating func runRanges(_ plan: RulePlan) -> Bool {
        var skipping: Set<RuleIndex> = []
        var ranged: [RangeEvaluator] = []
        var flat = 0
        for (groupIndex, group) in groups.enumerated() {
            for (ruleIndex, rule) in group.rules.enumerated() {
                if !plan.isStepped[flat] {
                    let output = RuleOutput(rule: rule)
                    let isReadLater = options.laterReaders?.contains { output.isRead(by: $0) } ?? true
                    skipping.insert(RuleIndex(group: groupIndex, rule: ruleIndex))
                    ranged.append(
                        RangeEvaluator(
                            rule: rule, group: group, every: options.strides[groupIndex] ?? 1,
                            isWritten: plan.isRead[flat] || isReadLater))
                }
                flat += 1
            }
        }
        let evaluators = stepped(skipping)
        let hasSteps = plan.isStepped.contains(true)
        var first = 0
        while first < schedule.count {
            let last = min(first + RuleRun.chunkSteps, schedule.count) - 1
            for index in ranged.indices {
                do {
                    try ranged[index].evaluate(steps: first...last, in: self, log: &log)
                } catch {
                    return false
                }
            }
            if hasSteps {
                for step in first...last where !runStep(step, evaluators) { return true }
            }
            first = last + 1
        }
        return true
    }
}
