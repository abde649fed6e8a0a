import AlertRules
import Exposition
import PromQL
import TimeSeries

/// The embedded Prometheus in small: scrapes into a bounded store and evaluates rule groups when they are due.
///
/// It belongs to one thread and takes the time as an argument; ``RuleService`` drives it.
final class RuleRuntime {
    /// Everything outside that the runtime looks at.
    struct Inputs {
        /// The gateway's own series.
        var ownSamples: () -> [ExpositionSample]
        /// One result for each page.
        var fetch: ([HTTPURL]) -> [ScrapeTarget.Page]
        /// For durations, in nanoseconds.
        var monotonicNanos: () -> UInt64
    }

    private struct Source {
        var page: ScrapeSource?
        var target: ScrapeTarget
    }

    private struct Slot {
        var evaluator: GroupEvaluator
        var dueMillis: Int64
        var reports: [RuleReport]

        /// Whether it is an earlier version of a group.
        func isOf(_ group: RuleGroup) -> Bool {
            evaluator.group.name == group.name && evaluator.group.file == group.file
        }
    }

    /// A group that the rules no longer have.
    private struct DroppedGroup {
        var series: [Labels]
        /// Behind an evaluation at the time of the reload.
        var markedMillis: Int64
        var endsMillis: Int64
    }

    private let inputs: Inputs
    private var settings: RulesSettings
    private let store: SeriesStore
    private var sources: [Source]
    private var slots: [Slot] = []
    private var dropped: [DroppedGroup] = []
    private var scrapeDueMillis = Int64.min
    private let isCancelled: @Sendable () -> Bool
    /// Samples that the store had no room for, since the start.
    private(set) var refusedSamples = 0

    /// - Parameter instance: the gateway's own `instance` label, the ops listener's address.
    init(
        settings: RulesSettings, rules: RuleSet, instance: String, inputs: Inputs,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) {
        self.settings = settings
        self.inputs = inputs
        self.isCancelled = isCancelled
        store = SeriesStore(limits: Self.limits(settings))
        sources = [Source(page: nil, target: ScrapeTarget(job: "gateway", instance: instance))]
        configure(settings: settings, rules: rules, atMillis: 0)
    }

    /// Takes other rules and pages; alerts of rules that stay keep their state.
    func configure(settings: RulesSettings, rules: RuleSet, atMillis now: Int64) {
        self.settings = settings
        for index in sources.indices {
            if let page = sources[index].page, !settings.scrape.contains(page) {
                sources[index].target.end(at: now, in: store)
            }
        }
        sources.removeAll { source in source.page.map { !settings.scrape.contains($0) } ?? false }
        for page in settings.scrape where !sources.contains(where: { $0.page == page }) {
            let target = ScrapeTarget(job: page.job, instance: page.url.instance)
            sources.append(Source(page: page, target: target))
        }
        let options = evaluatorOptions()
        dropped += slots.filter { slot in !rules.groups.contains { slot.isOf($0) } }.map { slot in
            DroppedGroup(
                series: slot.evaluator.writtenSeries, markedMillis: now + 1,
                endsMillis: now + 2 * slot.evaluator.intervalMillis)
        }
        slots = rules.groups.map { group in
            let earlier = slots.first { $0.isOf(group) }
            let evaluator =
                earlier.map { GroupEvaluator(group: group, options: options, replacing: $0.evaluator) }
                ?? GroupEvaluator(group: group, options: options)
            return Slot(evaluator: evaluator, dueMillis: .min, reports: group.rules.map { RuleReport($0, group) })
        }
    }

    /// The time between two ticks: the shortest interval there is.
    var periodMillis: Int64 {
        slots.map(\.evaluator.intervalMillis).reduce(settings.intervalNanos / 1_000_000, min)
    }

    /// Scrapes and evaluates what is due.
    ///
    /// - Returns: alerts that Alertmanager should hear of.
    func tick(atMillis now: Int64) -> [ActiveAlert] {
        if now >= scrapeDueMillis {
            scrapeDueMillis = Self.next(scrapeDueMillis, settings.intervalNanos / 1_000_000, now)
            scrape(atMillis: now)
        }
        endDropped(atMillis: now)
        var alerts: [ActiveAlert] = []
        for index in slots.indices where now >= slots[index].dueMillis && !isCancelled() {
            slots[index].dueMillis = Self.next(slots[index].dueMillis, slots[index].evaluator.intervalMillis, now)
            alerts += evaluate(index, atMillis: now)
        }
        return alerts
    }

    /// Ends the series of dropped groups, two intervals later as Prometheus: what another group has taken over by then
    /// is newer than the marker, which the store refuses.
    private func endDropped(atMillis now: Int64) {
        for group in dropped where now >= group.endsMillis {
            for labels in group.series { try? store.append(labels, at: group.markedMillis, staleMarker) }
        }
        dropped.removeAll { now >= $0.endsMillis }
    }

    /// The next time on the same beat; beats that were missed are not made up for.
    private static func next(_ due: Int64, _ interval: Int64, _ now: Int64) -> Int64 {
        let step = max(interval, 1)
        guard due > now - step else { return now + step }
        return due + step
    }

    private func scrape(atMillis now: Int64) {
        let pages = sources.compactMap(\.page).map(\.url)
        var started = inputs.monotonicNanos()
        let fetched = inputs.fetch(pages)
        let tookPages = seconds(since: started)
        started = inputs.monotonicNanos()
        let own = inputs.ownSamples()
        let tookOwn = seconds(since: started)
        var next = fetched.makeIterator()
        for index in sources.indices {
            let isOwn = sources[index].page == nil
            let page = isOwn ? .success(own) : next.next() ?? .failure(InvalidValue("no answer"))
            refusedSamples += sources[index].target.ingest(
                page, at: now, tookSeconds: isOwn ? tookOwn : tookPages, into: store)
        }
        store.trim(before: now - settings.retentionNanos / 1_000_000)
    }

    private func seconds(since start: UInt64) -> Double {
        Double(inputs.monotonicNanos() &- start) / 1e9
    }

    private func evaluate(_ index: Int, atMillis now: Int64) -> [ActiveAlert] {
        let evaluation = slots[index].evaluator.evaluate(
            at: now, source: store, append: { [store] in try store.append($0, at: $1, $2) },
            appendHistogram: { [store] in try store.append($0, at: $1, $2) })
        for (rule, result) in evaluation.rules.enumerated() where slots[index].reports.indices.contains(rule) {
            slots[index].reports[rule].take(result, atMillis: now)
        }
        return evaluation.alertsToSend
    }

    /// All rules as they stand.
    var report: RulesReport {
        var report = RulesReport()
        report.isEnabled = !slots.isEmpty
        report.rules = slots.flatMap(\.reports)
        return report
    }

    /// Pages that could not be read, for `/readyz` and the status page.
    var problems: [String] {
        sources.compactMap { source in
            guard let page = source.page, let problem = source.target.problem else { return nil }
            return "scrape of \(page.url.text) failed: \(problem)"
        }
    }

    private func evaluatorOptions() -> GroupEvaluator.Options {
        var options = GroupEvaluator.Options()
        options.context = Self.context(settings)
        options.engine.maxSamples = 10_000_000
        options.engine.isCancelled = isCancelled
        return options
    }

    /// What templates and Alertmanager see of the program.
    static func context(_ settings: RulesSettings) -> RuleContext {
        var context = RuleContext()
        context.externalLabels = settings.externalLabels
        context.externalURL = settings.externalURL?.base ?? ""
        context.defaultIntervalMillis = settings.intervalNanos / 1_000_000
        return context
    }

    /// Room for every series at every scrape of the retention, 1 GiB of samples at most.
    private static func limits(_ settings: RulesSettings) -> SeriesStoreLimits {
        let scrapes = Int(clamping: settings.retentionNanos / max(settings.intervalNanos, 1)) + 2
        let (samples, overflow) = settings.maxSeries.multipliedReportingOverflow(by: scrapes)
        return SeriesStoreLimits(
            maxSeries: settings.maxSeries, maxSamples: overflow ? 64_000_000 : min(samples, 64_000_000))
    }
}
