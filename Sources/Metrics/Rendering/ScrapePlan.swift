import Exposition

/// What a scrape will be, decided before its first byte: format, compression, selection and time.
public struct ScrapePlan: Sendable {
    /// The format and the escaping of names.
    public let exposition: NegotiatedExposition
    /// How the body is compressed.
    public let coding: ContentCoding
    /// Nanoseconds the whole scrape may take.
    public private(set) var timeoutNanos: UInt64
    let filter: NameFilter
    let createdLines: Bool
    let gzipLevel: Int
    private let processorShare: Double
    private let patienceNanos: UInt64

    /// Decides what to answer; a header that makes no sense never fails, it counts as absent.
    public init(_ request: ScrapeRequest, options: ScrapeOptions = ScrapeOptions()) {
        var offered = NegotiatedExposition.stableFormats
        if options.offersOpenMetrics2 { offered.insert(.openMetrics200) }
        self.init(
            exposition: NegotiatedExposition.negotiate(accept: request.accept, offered: offered),
            coding: ContentCoding.negotiate(acceptEncoding: request.acceptEncoding),
            filter: NameFilter(query: request.query), options: options, timeoutSeconds: request.timeoutSeconds)
    }

    init(
        exposition: NegotiatedExposition, coding: ContentCoding = .identity, filter: NameFilter = .everything,
        options: ScrapeOptions = ScrapeOptions(), timeoutSeconds: Double? = nil
    ) {
        self.exposition = exposition
        self.coding = coding
        self.filter = filter
        createdLines = options.createdLines
        gzipLevel = min(max(options.gzipLevel, 1), 9)
        let seconds = min(timeoutSeconds ?? options.timeoutSeconds, options.timeoutSeconds)
        timeoutNanos = UInt64(exactly: (min(max(seconds, 0), 1e9) * 1e9).rounded()) ?? 0
        processorShare = options.processorShare
        patienceNanos = processorShare < 1 ? timeoutNanos / 4 : 0
    }

    /// The value of `Content-Type`.
    public var contentType: String { exposition.contentType }

    /// The value of `Content-Encoding`; nil when there is no such header.
    public var contentEncoding: String? { coding == .gzip ? "gzip" : nil }

    /// The value of `Vary`: caches must keep the answers apart.
    public var vary: String { "Accept, Accept-Encoding" }

    /// How fast to go; for the calling thread, from now on.
    func pace(_ clock: @escaping MonotonicClock) -> ScrapePace {
        ScrapePace(share: processorShare, patienceNanos: patienceNanos, clock: clock)
    }

    /// The same with all the time there is.
    var withoutTimeout: ScrapePlan {
        var plan = self
        plan.timeoutNanos = .max / 2
        return plan
    }

    /// Scrapes that are equal in this may share one rendering.
    var key: Key {
        Key(
            exposition: exposition, coding: coding, filter: filter, createdLines: createdLines, gzipLevel: gzipLevel,
            patienceNanos: patienceNanos)
    }

    struct Key: Hashable, Sendable {
        let exposition: NegotiatedExposition
        let coding: ContentCoding
        let filter: NameFilter
        let createdLines: Bool
        let gzipLevel: Int
        /// Who has less time must not wait through the rests of who has more.
        let patienceNanos: UInt64
    }
}
