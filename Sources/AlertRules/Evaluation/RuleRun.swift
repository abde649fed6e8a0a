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
        /// Steps evaluated at once: bounds the memory of range results.
        var chunkSteps = 2_048
    }

    let groups: [RuleGroup]
    let options: Options
    let schedule: RunSchedule
    let inputs: any SeriesSource
    private(set) var log: RuleRunLog
    private(set) var outputs: SeriesStore

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
        let wanted = log
        var forced: Set<Int> = []
        for attempt in 0... {
            let plan = RulePlan(groups: groups, stepping: forced)
            let isStepping = options.forcesSteps || attempt == RuleRun.maxAttempts || !plan.isStepped.contains(false)
            if isStepping {
                let all = [Bool](repeating: true, count: plan.isStepped.count)
                let ahead = options.forcesSteps ? nil : StepPlan(groups: groups, isStepped: all)
                runChunks(ranged: [:], batches: [], stepped: evaluators(), ahead: ahead)
                break
            }
            let failed = runRanges(plan)
            if failed.isEmpty || options.engine.isCancelled?() == true { break }
            // A range fails as a whole; only steps can tell which evaluation does. So once more, these rules stepped.
            forced.formUnion(failed)
            log = wanted
            outputs = SeriesStore(limits: options.limits)
        }
        if log.notesTransitions { sortTransitions() }
    }

    /// How often rules whose ranges fail are left to the steps, before all are.
    private static let maxAttempts = 3

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

    /// An evaluator for each group, of the rules that are stepped.
    private func evaluators(_ isStepped: [Bool]? = nil) -> [GroupEvaluator] {
        var options = GroupEvaluator.Options()
        options.context = self.options.context
        options.engine = self.options.engine
        options.parser = self.options.parser
        options.collectsAlerts = false
        options.collectsTransitions = log.notesTransitions
        options.checksForData = false
        options.monotonicNanos = { 0 }
        var flat = 0
        return groups.map { group in
            var group = group
            group.rules = group.rules.filter { _ in
                defer { flat += 1 }
                return isStepped?[flat] ?? true
            }
            return GroupEvaluator(group: group, options: options)
        }
    }

    /// False when the run ends here.
    private mutating func runStep(_ step: Int, _ evaluators: [GroupEvaluator], _ parts: [[StepParts?]]?) -> Bool {
        if options.engine.isCancelled?() == true { return false }
        let millis = schedule.time(step)
        let source = LayeredSource(inputs: inputs, outputs: outputs, horizon: millis)
        let writer = OutputWriter(outputs: outputs, inputs: inputs, sharedNames: options.sharedNames)
        var hasFailed = false
        for (groupIndex, evaluator) in evaluators.enumerated() where !evaluator.group.rules.isEmpty {
            if step % (options.strides[groupIndex] ?? 1) == 0 {
                let evaluation = evaluator.evaluate(
                    at: millis, source: source, parts: parts?[groupIndex] ?? [],
                    append: { try writer.append($0, at: $1, $2) },
                    appendHistogram: { try writer.append($0, at: $1, $2) })
                if note(evaluation) { hasFailed = true }
            }
            guard let names = log.wantedAlerts[step] else { continue }
            for (index, rule) in evaluator.group.rules.enumerated()
            where rule.kind == .alerting && names.contains(rule.name) {
                let place = RuleRunLog.Evaluation(step: step, group: groupIndex)
                log.alerts[place, default: []] += evaluator.alerts(rule: index, source: source)
            }
        }
        return !(hasFailed && log.stopsAtFailure)
    }

    /// Whether a rule failed.
    private mutating func note(_ evaluation: Evaluation) -> Bool {
        var hasFailed = false
        for rule in evaluation.rules {
            if log.notesTransitions { log.transitions += rule.transitions }
            guard let error = rule.error ?? log.refusal(rule) else { continue }
            hasFailed = true
            log.note(
                RuleRunLog.Failure(
                    group: evaluation.group, rule: rule.name, timestampMillis: evaluation.timestampMillis,
                    message: error))
        }
        return hasFailed
    }

    // MARK: Ranges

    /// The rules whose ranges failed, by their place over all groups; then everything noted is void.
    private mutating func runRanges(_ plan: RulePlan) -> Set<Int> {
        var ranged: [Int: RangeEvaluator] = [:]
        var flat = 0
        for (groupIndex, group) in groups.enumerated() {
            for rule in group.rules {
                if !plan.isStepped[flat] {
                    let output = RuleOutput(rule: rule)
                    let isReadLater = options.laterReaders?.contains { output.isRead(by: $0) } ?? true
                    ranged[flat] = RangeEvaluator(
                        rule: rule, group: group, groupIndex: groupIndex, every: options.strides[groupIndex] ?? 1,
                        isWritten: plan.isRead[flat] || plan.hasRivals[flat] || isReadLater)
                }
                flat += 1
            }
        }
        let batches = plan.batches.map { $0.filter { !plan.isStepped[$0] } }
        let ahead = plan.isStepped.contains(true) ? StepPlan(groups: groups, isStepped: plan.isStepped) : nil
        return runChunks(ranged: ranged, batches: batches, stepped: evaluators(plan.isStepped), ahead: ahead)
    }

    /// Chunk by chunk the ranges first, then the steps, of which parts may be evaluated ahead.
    @discardableResult
    private mutating func runChunks(
        ranged: [Int: RangeEvaluator], batches: [[Int]], stepped: [GroupEvaluator], ahead: StepPlan?
    ) -> Set<Int> {
        var ranged = ranged
        let hasSteps = stepped.contains { !$0.group.rules.isEmpty }
        let expressions = batches.joined().compactMap { ranged[$0]?.expression } + (ahead?.expressions ?? [])
        let engine = Engine(
            source: LayeredSource(inputs: inputs, outputs: outputs), options: options.engine)
        var first = 0
        while first < schedule.count {
            let chunk = first...min(first + options.chunkSteps, schedule.count) - 1
            // What a ranged rule reads is complete before it begins, so a part of it has one value for all rules.
            let sharing = SharedParts(expressions)
            let failed = runBatches(batches, &ranged, chunk, engine, sharing)
            if !failed.isEmpty { return failed }
            if hasSteps {
                let parts = ahead?.evaluate(chunk, of: self, engine: engine, sharing: sharing)
                for step in chunk where !runStep(step, stepped, parts) { return [] }
            }
            first = chunk.upperBound + 1
        }
        return []
    }

    private mutating func runBatches(
        _ batches: [[Int]], _ ranged: inout [Int: RangeEvaluator], _ chunk: ClosedRange<Int>, _ engine: Engine,
        _ sharing: SharedParts?
    ) -> Set<Int> {
        var failed: Set<Int> = []
        for batch in batches {
            for rule in batch {
                do {
                    let output = try ranged[rule]?.evaluate(
                        steps: chunk, in: self, engine: engine, sharing: sharing)
                    if let output { try store(output, ofGroup: ranged[rule]?.groupIndex ?? 0) }
                } catch {
                    failed.insert(rule)
                }
            }
        }
        return failed
    }

    private mutating func store(_ output: RangeEvaluator.Output, ofGroup group: Int) throws {
        for series in output.series { try outputs.append(series) }
        for (step, alerts) in output.alerts {
            log.alerts[RuleRunLog.Evaluation(step: step, group: group), default: []] += alerts
        }
        log.transitions += output.transitions
    }
}
