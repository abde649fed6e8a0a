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
    /// The uncompressed body; valid until the next call.
    func encode(_ unit: Unit) -> UnsafeRawBufferPointer
    /// What an answer means for the lines that were sent.
    func verdict(_ response: HTTPResponse, for unit: Unit, nowWallNanos: Int64) -> Verdict
}

extension OutputEncoder {
    func verdict(_ response: HTTPResponse, for unit: Unit, nowWallNanos: Int64) -> Verdict {
        classes.verdict(response, nowWallNanos: nowWallNanos)
    }
}

/// The original lines, one after another.
final class NDJSONEncoder: OutputEncoder {
    let contentType = "application/x-ndjson"
    let classes = ResponseClasses.generic
    let repairedBytes = 0
    private let body = GrowableBytes()

    func encode(_ unit: Unit) -> UnsafeRawBufferPointer {
        if let range = unit.lines.single { return unit.batch.bytes(of: range) }
        body.count = 0
        for range in unit.lines.ranges { body.append(unit.batch.bytes(of: range)) }
        return body.bytes
    }
}
