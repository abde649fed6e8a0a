import Exposition
import Locking

extension MetricsRegistry {
    /// Writes what a scrape gets: families in the order of their names, children in the order in which they were
    /// made, in pieces of at most 64 KiB that are valid during the call of `write`.
    ///
    /// Any thread may call it, also several at once; better none that serves requests. The first piece goes out
    /// before the last series is read. Stored families need no allocation once a scrape of the same kind was made.
    /// A series that is removed meanwhile may be in it or not; values are of the moment in which they are read.
    ///
    /// - Parameters:
    ///   - plan: says what to write, and in which headers
    ///   - write: takes a piece; no lock is held meanwhile, and what it throws ends the scrape
    /// - Throws: ``ScrapeError``, or what `write` throws. The body is not whole then, which the peer must be able to
    ///   see: close its connection without the last chunk.
    public func scrape(_ plan: ScrapePlan, write: (UnsafeRawBufferPointer) throws -> Void) throws {
        prepareScrape()
        let dialect = Dialect(plan.exposition, createdLines: plan.createdLines)
        let catalogue = scrapes.catalogue(dialect, of: self)
        let page = scrapes.page()
        defer { scrapes.recycle(page) }
        let callbacks = CallbackSamples(catalogue, plan.filter, registry: self)
        let run = ScrapeRun(plan, catalogue, page, clock: clock)
        try run.run(callbacks, write)
    }

    /// The same for a request; returns what the headers of the answer must say.
    @discardableResult
    public func scrape(
        _ request: ScrapeRequest, options: ScrapeOptions = ScrapeOptions(),
        write: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> ScrapePlan {
        let plan = ScrapePlan(request, options: options)
        try scrape(plan, write: write)
        return plan
    }

    /// A whole page in memory, for tests and small uses.
    public func render(
        _ format: ExpositionFormat, escaping: NameEscaping = .allowUTF8, options: ScrapeOptions = ScrapeOptions()
    ) -> [UInt8] {
        var page: [UInt8] = []
        let plan = ScrapePlan(
            exposition: NegotiatedExposition(format: format, escaping: escaping), options: options,
            timeoutSeconds: nil)
        // Without compression and in less than the longest time there is nothing that fails.
        try? scrape(plan.withoutTimeout) { page.append(contentsOf: $0) }
        return page
    }
}
