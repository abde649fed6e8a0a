/// The embedded rule evaluation.
public struct RulesSettings: Sendable, Equatable {
    /// Prometheus rule files, relative to the working directory.
    public var files: [String]
    /// Between two scrapes, and between two evaluations of a group that names no interval, in nanoseconds.
    public var intervalNanos: Int64
    /// Pages scraped besides the gateway's own registry.
    public var scrape: [ScrapeSource]
    /// For one scrape, in nanoseconds.
    public var scrapeTimeoutNanos: Int64
    /// Base addresses of Alertmanagers (API v2).
    public var alertmanagers: [HTTPURL]
    /// Added to every alert that leaves the gateway.
    public var externalLabels: [String: String]
    /// The gateway's address in alerts and templates.
    public var externalURL: HTTPURL?
    /// How long samples are kept, in nanoseconds; the longest range a rule can look back over.
    public var retentionNanos: Int64
    /// Series kept in memory; samples of further ones are dropped.
    public var maxSeries: Int

    /// Nothing to evaluate; 15 s, 5 s, 1 h, 50,000 series.
    public init(
        files: [String] = [],
        intervalNanos: Int64 = 15_000_000_000,
        scrape: [ScrapeSource] = [],
        scrapeTimeoutNanos: Int64 = 5_000_000_000,
        alertmanagers: [HTTPURL] = [],
        externalLabels: [String: String] = [:],
        externalURL: HTTPURL? = nil,
        retentionNanos: Int64 = 3_600_000_000_000,
        maxSeries: Int = 50_000
    ) {
        self.files = files
        self.intervalNanos = intervalNanos
        self.scrape = scrape
        self.scrapeTimeoutNanos = scrapeTimeoutNanos
        self.alertmanagers = alertmanagers
        self.externalLabels = externalLabels
        self.externalURL = externalURL
        self.retentionNanos = retentionNanos
        self.maxSeries = maxSeries
    }
}
