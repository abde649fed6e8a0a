import PromQL
import TimeSeries

/// Evaluates rules over recorded data and tells when each alert would have gone pending, fired and resolved.
public struct Replay: Sendable {
    /// What to replay, and how.
    public struct Options: Sendable {
        /// First evaluation, milliseconds since the epoch; nil takes the first sample's time.
        public var startMillis: Int64?
        /// Last evaluation at the latest; nil takes the last sample's time.
        public var endMillis: Int64?
        /// Interval of all groups; nil takes each group's own, or a minute.
        public var intervalMillis: Int64?
        /// The engine's rules and limits.
        public var engine = EngineOptions()
        /// What expressions of templates may use; those of rules are parsed already.
        public var parser = ParserOptions()
        /// External labels and the external address, for templates.
        public var context = RuleContext()
        /// Evaluates every rule step by step, for comparison.
        public var forcesSteps = false

        /// The defaults.
        public init() {}
    }

    /// Why nothing was replayed.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        /// What is wrong and what to do.
        public var description: String
    }

    private let groups: [RuleGroup]
    private let options: Options

    /// What the rules select; empty where a template may query anything.
    public var selectors: [[LabelMatcher]] {
        let rules = groups.flatMap(\.rules)
        let queries = rules.contains { rule in
            (rule.labels + rule.annotations).contains { $0.template.usesQuery }
        }
        return queries ? [] : rules.flatMap { $0.expression.selectors.map(\.matchers) }
    }

    /// A replay of the groups of some rule files, in their order.
    public init(files: [RuleFile], options: Options = Options()) {
        groups = files.flatMap(\.groups)
        self.options = options
    }

    /// Runs over the data; rules that fail are part of the report.
    public func run(over data: SeriesStore) throws(Failure) -> ReplayReport {
        try run(over: data, span: data.timeSpan)
    }

    /// Runs over data whose samples lie in a span of time.
    public func run(over data: any SeriesSource, span: ClosedRange<Int64>?) throws(Failure) -> ReplayReport {
        guard let span else { throw Failure(description: "the input has no samples") }
        let (start, end) = (options.startMillis ?? span.lowerBound, options.endMillis ?? span.upperBound)
        guard end >= start else { throw Failure(description: "the end lies before the start") }
        let intervals = groups.map { max(1, options.intervalMillis ?? $0.intervalMillis ?? 60_000) }
        let step = intervals.reduce(0, Replay.greatestCommonDivisor)
        guard
            let schedule = RunSchedule(
                startMillis: start, endMillis: end, stepMillis: max(1, step == 0 ? 60_000 : step))
        else {
            throw Failure(
                description: "more than \(RunSchedule.maxSteps) evaluations; choose a shorter time or --interval")
        }
        var run = RuleRun.Options()
        run.context = options.context
        run.engine = options.engine
        run.parser = options.parser
        run.forcesSteps = options.forcesSteps
        for (index, interval) in intervals.enumerated() { run.strides[index] = Int(interval / schedule.stepMillis) }
        var log = RuleRunLog()
        log.notesTransitions = true
        var rules = RuleRun(groups: groups, inputs: data, schedule: schedule, options: run, log: log)
        rules.run()
        if options.engine.isCancelled?() == true { throw Failure(description: "the replay was cancelled") }
        var report = ReplayReport(schedule: schedule, groups: groups, log: rules.log)
        try remark(on: data, span: span, in: &report)
        return report
    }

    /// Says in the report what the rules don't find in the data.
    private func remark(
        on data: any SeriesSource, span: ClosedRange<Int64>, in report: inout ReplayReport
    ) throws(Failure) {
        let schedule = report.schedule
        do {
            let selected = try SelectedInput(
                of: groups, in: data, evaluations: schedule.startMillis...schedule.lastMillis,
                lookbackMillis: options.engine.lookbackMillis)
            report.isBlind = selected.isUnseen
            report.warnings = selected.remarks
        } catch {
            throw Failure(description: "\(error)")
        }
        guard report.isBlind else { return }
        let times = [schedule.startMillis, schedule.lastMillis, span.lowerBound, span.upperBound].map {
            RFC3339.string(unixMillis: $0)
        }
        report.warnings.insert(
            "from \(times[0]) through \(times[1]) the rules see no sample; those of the input are from \(times[2]) "
                + "through \(times[3])", at: 0)
    }

    private static func greatestCommonDivisor(_ left: Int64, _ right: Int64) -> Int64 {
        var (a, b) = (left, right)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }
}
