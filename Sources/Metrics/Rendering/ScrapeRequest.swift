/// What a scraper asked for: the parts of an HTTP request that decide what a scrape is.
public struct ScrapeRequest: Sendable {
    /// The header `Accept`.
    public var accept: String?
    /// The header `Accept-Encoding`.
    public var acceptEncoding: String?
    /// What stands behind the `?` of the request's target, still percent-encoded: `name[]=a&name[]=b`.
    public var query: String?
    /// From the header `X-Prometheus-Scrape-Timeout-Seconds`.
    public var timeoutSeconds: Double?

    /// Makes a request; the default is the whole registry as text format 0.0.4.
    public init(
        accept: String? = nil, acceptEncoding: String? = nil, query: String? = nil, timeoutSeconds: Double? = nil
    ) {
        self.accept = accept
        self.acceptEncoding = acceptEncoding
        self.query = query
        self.timeoutSeconds = timeoutSeconds
    }

    /// The same from the text of the timeout header; what is not a positive number of seconds counts as absent.
    public init(accept: String?, acceptEncoding: String?, query: String?, timeoutHeader: String?) {
        let seconds = timeoutHeader.flatMap { Double($0) }.flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
        self.init(accept: accept, acceptEncoding: acceptEncoding, query: query, timeoutSeconds: seconds)
    }
}

/// What the program that is scraped allows.
public struct ScrapeOptions: Sendable, Hashable {
    /// Answers with OpenMetrics 2.0, a release candidate, where it is asked for.
    public var offersOpenMetrics2: Bool
    /// Writes `_created` lines in OpenMetrics 1.0. They double the number of counter series in the server; protobuf
    /// and OpenMetrics 2.0 carry the same time without a line.
    public var createdLines: Bool
    /// zlib's level, 1…9.
    public var gzipLevel: Int
    /// Seconds that a scrape may take when the scraper does not say, and at most.
    public var timeoutSeconds: Double
    /// The part of a processor that one rendering may use, above 0 and at most 1. Less than 1 makes a large page take
    /// longer and spares requests that want the same processor: the rendering rests after each 50 microseconds,
    /// but no longer than for the first quarter of the timeout.
    public var processorShare: Double

    /// Makes options.
    public init(
        offersOpenMetrics2: Bool = false, createdLines: Bool = false, gzipLevel: Int = 1, timeoutSeconds: Double = 30,
        processorShare: Double = 1
    ) {
        self.offersOpenMetrics2 = offersOpenMetrics2
        self.createdLines = createdLines
        self.gzipLevel = gzipLevel
        self.timeoutSeconds = timeoutSeconds
        self.processorShare = processorShare
    }
}

/// Why a scrape has no end.
public enum ScrapeError: Error, Equatable, CustomStringConvertible {
    /// It took longer than the scraper or the program allows. The body is not whole: close the connection.
    case timeout
    /// As many scrapes as may run or wait do so: answer 503.
    case busy
    /// The compressor failed.
    case compression(String)

    /// What happened and what to do.
    public var description: String {
        switch self {
        case .timeout: "the scrape took longer than its timeout allows; filter by name[] or scrape less often"
        case .busy: "too many scrapes at the same time; try again later"
        case .compression(let message): "the page cannot be compressed: \(message)"
        }
    }
}
