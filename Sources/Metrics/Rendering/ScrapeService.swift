import Exposition
import Locking

/// Serves scrapes of one registry to many scrapers: equal ones at the same time are rendered once, and few at once.
///
/// A request joins an equal one (format, escaping, compression, `name[]`) until that one's first piece is out; after
/// that it gets a rendering of its own, since a page must not be older than its request. The service has no thread:
/// whoever gets a ``ScrapeJob`` runs it. A scrape takes 64 KiB, with gzip about 300 KiB more; in protobuf as much as
/// the largest family needs, which ``MetricsRegistry/pageBound(_:labelBytes:)`` bounds. Times ``maxJobs``, that is all.
public final class ScrapeService: Sendable {
    struct Member: Sendable {
        let sink: ScrapeSink
        let deadline: UInt64
    }

    private struct State {
        /// Jobs that have not sent anything yet.
        var open: [ScrapePlan.Key: ScrapeJob.Members] = [:]
        /// Jobs that were handed out and are not done.
        var jobs = 0
    }

    /// Renderings that may wait or run at the same time.
    public static let maxJobs = 4
    /// Scrapers that may share one rendering.
    public static let maxMembers = 64

    let registry: MetricsRegistry
    private let options: ScrapeOptions
    private let state = Locked(State())
    let metrics: ScrapeMetrics

    /// Makes the service and declares `<prefix>_metrics_scrapes_total` and `<prefix>_metrics_scrape_duration_seconds`.
    public init(registry: MetricsRegistry, options: ScrapeOptions = ScrapeOptions()) {
        self.registry = registry
        self.options = options
        metrics = ScrapeMetrics(registry)
    }

    /// What the answer to a request will be: its headers.
    public func plan(_ request: ScrapeRequest) -> ScrapePlan { ScrapePlan(request, options: options) }

    /// Asks for a scrape; returns at once.
    public func submit(_ plan: ScrapePlan, _ sink: ScrapeSink) -> ScrapeAdmission {
        let now = registry.clock()
        let member = Member(sink: sink, deadline: now.addingReportingOverflow(plan.timeoutNanos).partialValue)
        let admission = state.withLock { state -> ScrapeAdmission in
            if let members = state.open[plan.key] {
                return members.add(member) ? .joined : .refused
            }
            guard state.jobs < ScrapeService.maxJobs else { return .refused }
            state.jobs += 1
            let members = ScrapeJob.Members(member)
            state.open[plan.key] = members
            return .run(ScrapeJob(self, plan, members))
        }
        if case .refused = admission { metrics.refused.increment() }
        return admission
    }

    /// Asks for a scrape and stays until it is whole; for callers who have a thread for each connection.
    ///
    /// `write` is called from this thread or from that of an equal scrape. Throws ``ScrapeError`` or what it throws.
    public func scrape(_ plan: ScrapePlan, write: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void) throws {
        let outcome = Latch<(any Error)?>()
        switch submit(plan, ScrapeSink(write: write, end: { outcome.open(with: $0) })) {
        case .run(let job): job.run()
        case .joined: break
        case .refused: throw ScrapeError.busy
        }
        if let error = outcome.wait() { throw error }
    }

    /// From now on nobody joins.
    func close(_ key: ScrapePlan.Key, _ members: ScrapeJob.Members) {
        state.withLock { state in
            if state.open[key] === members { state.open[key] = nil }
        }
    }

    func finished() {
        state.withLock { $0.jobs -= 1 }
    }
}

/// What the service says about itself.
struct ScrapeMetrics: Sendable {
    let duration: Histogram
    let whole: Counter
    let timedOut: Counter
    let failed: Counter
    let refused: Counter

    init(_ registry: MetricsRegistry) {
        let duration = try? registry.histogram(
            registry.prefix + "_metrics_scrape_duration_seconds",
            help: "How long it took to render and send a page; scrapers that share one count once.", unit: "seconds")
        let results = try? registry.counter(
            registry.prefix + "_metrics_scrapes_total",
            help: "Scrapes by result: ok, timeout, failed (the scraper went away) or refused (too many at once).",
            labels: ["result"])
        func counter(_ result: String) -> Counter {
            results?.bind([result]) ?? registry.refusedChild(Counter.self)
        }
        self.duration = duration ?? registry.refusedChild(Histogram.self)
        whole = counter("ok")
        timedOut = counter("timeout")
        failed = counter("failed")
        refused = counter("refused")
    }
}
