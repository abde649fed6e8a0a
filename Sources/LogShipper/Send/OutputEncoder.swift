import CurlHTTP

/// What an output speaks: how lines become a request's body, and what an answer means for them.
///
/// Deterministic: a retry sends the same bytes. Belongs to the sender's thread.
protocol OutputEncoder: AnyObject {
    var contentType: String { get }
    /// Which statuses mean what, where the body does not say more.
    var classes: ResponseClasses { get }
    /// Bytes that were no UTF-8 and had to be replaced, so far.
    var repairedBytes: Int { get }
    /// Writes the body for some lines.
    func encode(_ unit: Unit, into sink: BodySink)
    /// What an answer means for the lines that were sent.
    func verdict(_ response: HTTPResponse, for unit: Unit, nowWallNanos: Int64) -> Verdict
    /// Where a tenant's requests go; `base` is what is configured.
    func url(_ base: String, tenant: String) -> String
    /// The protocol's own headers.
    func headers(tenant: String) -> [(name: String, value: String)]
    /// How much of an answer has to be read to understand it; the rest is cut.
    func maxResponseBytes(lineCount: Int) -> Int
}

extension OutputEncoder {
    func verdict(_ response: HTTPResponse, for unit: Unit, nowWallNanos: Int64) -> Verdict {
        classes.verdict(response, nowWallNanos: nowWallNanos)
    }

    func url(_ base: String, tenant: String) -> String { base }
    func headers(tenant: String) -> [(name: String, value: String)] { [] }
    func maxResponseBytes(lineCount: Int) -> Int { 64 << 10 }
}
