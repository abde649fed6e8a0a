import AlertRules
import Exposition
import GatewayMetrics
import Locking

/// Drives the ``RuleRuntime`` on a thread of its own and hands out what it found.
final class RuleService: Sendable {
    private let runtime: Locked<RuleRuntime>
    private let published = Locked(RulesReport())
    private let notes = Locked<[String]>([])
    private let notifier: Locked<AlertmanagerClient?>
    private let worker = Worker()
    private let ticker: Locked<Ticker?> = Locked(nil)
    private let isStopping = StopFlag()
    private let loop: IOLoop
    private let clock: MillisClock

    /// - Parameter instance: the gateway's own `instance` label.
    init(
        settings: RulesSettings, rules: RuleSet, instance: String, registry: MetricsRegistry, loop: IOLoop,
        clock: @escaping MillisClock
    ) {
        self.loop = loop
        self.clock = clock
        let isStopping = isStopping
        let inputs = Self.inputs(settings: settings, registry: registry, isStopping: isStopping)
        runtime = Locked(
            RuleRuntime(
                settings: settings, rules: rules, instance: instance, inputs: inputs,
                isCancelled: { isStopping.isSet }))
        notifier = Locked(Self.notifier(settings))
        publish(runtime.withLock { $0.report })
    }

    private static func inputs(
        settings: RulesSettings, registry: MetricsRegistry, isStopping: StopFlag
    ) -> RuleRuntime.Inputs {
        let fetcher = PageFetcher(
            timeoutNanos: settings.scrapeTimeoutNanos, sampleLimit: settings.maxSeries,
            isCancelled: { isStopping.isSet })
        return RuleRuntime.Inputs(
            ownSamples: {
                var samples: [ExpositionSample] = []
                registry.forEachSample { name, labels, value in
                    samples.append(ExpositionSample(name: name, labels: labels, value: value))
                }
                return samples
            },
            fetch: { fetcher.fetch($0) },
            monotonicNanos: { MetricsRegistry.uptime() })
    }

    private static func notifier(_ settings: RulesSettings) -> AlertmanagerClient? {
        guard !settings.alertmanagers.isEmpty else { return nil }
        var client = AlertmanagerClient.Settings(urls: settings.alertmanagers.map(\.base))
        client.context = RuleRuntime.context(settings)
        return AlertmanagerClient(settings: client)
    }

    /// All rules after the last evaluation.
    var report: RulesReport { published.withLock { $0 } }

    /// What an operator should know: pages and Alertmanagers that do not answer.
    var problems: [String] {
        let failing = notifier.withLock { $0?.counters.compactMap(\.lastError) ?? [] }
        return notes.withLock { $0 } + failing.map { "alerts are not delivered: \($0)" }
    }

    /// Begins to scrape and evaluate, if there are rules.
    func start() {
        guard runtime.withLock({ $0.report.isEnabled }) else { return }
        ticker.withLock { ticker in
            guard ticker == nil else { return }
            let new = Ticker(loop: loop, worker: worker) { [weak self] in self?.tick() ?? 1_000 }
            ticker = new
            new.start()
        }
    }

    /// Takes other rules, pages and Alertmanagers. Blocking.
    func configure(settings: RulesSettings, rules: RuleSet) {
        let now = clock()
        let report = runtime.withLock { runtime in
            runtime.configure(settings: settings, rules: rules, atMillis: now)
            return runtime.report
        }
        publish(report)
        let old = notifier.withLock { notifier in
            defer { notifier = Self.notifier(settings) }
            return notifier
        }
        old?.stop(deadlineMillis: 1_000)
        start()
    }

    /// Ends evaluation, then gives alerts on their way a moment.
    func stop() async {
        isStopping.set()
        ticker.withLock { $0?.stop() }
        await worker.stop()
        notifier.withLock { $0 }?.stop(deadlineMillis: 1_000)
    }

    /// One round, on the worker.
    ///
    /// - Returns: milliseconds until the next.
    private func tick() -> Int64 {
        let now = clock()
        let (alerts, report, problems, period) = runtime.withLock { runtime in
            let alerts = runtime.tick(atMillis: now)
            return (alerts, runtime.report, runtime.problems, runtime.periodMillis)
        }
        publish(report)
        notes.withLock { $0 = problems }
        notifier.withLock { $0 }?.enqueue(alerts)
        return period
    }

    private func publish(_ report: RulesReport) {
        published.withLock { $0 = report }
    }
}
