/// A metrics page that the embedded evaluation reads, with the `job` label its series get.
public struct ScrapeSource: Sendable, Hashable {
    /// The label `job`.
    public var job: String
    /// The page; its host and port are the label `instance`.
    public var url: HTTPURL

    /// The job of a page that names none: log-shippers are known by their default port.
    private static func defaultJob(_ url: HTTPURL) -> String { url.port == 9_465 ? "log-shipper" : "scrape" }

    /// A page with a job of its own.
    public init(job: String, url: HTTPURL) {
        self.job = job
        self.url = url
    }

    /// `http://127.0.0.1:9465/metrics` or `job=http://127.0.0.1:9465/metrics`.
    ///
    /// - Throws: ``InvalidValue`` that says which part is wrong.
    public init(parsing text: String) throws(InvalidValue) {
        let job = text.prefix { $0 != "=" && $0 != "/" && $0 != ":" }
        guard text.dropFirst(job.count).first == "=" else {
            url = try HTTPURL(text)
            self.job = Self.defaultJob(url)
            return
        }
        guard (1...128).contains(job.utf8.count), job.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw InvalidValue("expected job=URL, found '\(text.prefix(80))'")
        }
        self.job = String(job)
        url = try HTTPURL(String(text.dropFirst(job.count + 1)))
    }

    /// As configuration writes it.
    var text: String { job == Self.defaultJob(url) ? url.text : "\(job)=\(url.text)" }
}
