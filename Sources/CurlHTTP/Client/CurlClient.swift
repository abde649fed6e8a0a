import CCurl

/// A blocking client: one request at a time, on the thread that calls. Connections are kept between requests.
///
/// Not thread-safe; give every thread its own.
public final class CurlClient {
    private var transfer: Transfer?

    /// A client without connections; libcurl is started by the first one made in the process.
    public init() {}

    /// Sends a request and waits for the whole response. Every HTTP status is a response, not an error.
    public func perform(_ request: HTTPRequest) throws(CurlError) -> HTTPResponse {
        let transfer = try takeTransfer()
        try transfer.prepare(request)
        return try transfer.finish(gatehouse_easy_perform(transfer.handle)).get()
    }

    private func takeTransfer() throws(CurlError) -> Transfer {
        if let transfer { return transfer }
        let new = try Transfer()
        transfer = new
        return new
    }
}
