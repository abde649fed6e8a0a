import CurlHTTP

/// Carries requests: libcurl does, and a simulated destination in tests.
protocol Transport: AnyObject {
    /// Starts a request. `id` comes back in its completion.
    func add(_ request: HTTPRequest, id: UInt64) throws(CurlError)
    /// Waits until something happened, `wakeup` was called or the time is over; returns what has ended.
    func poll(timeoutMillis: Int) -> [CurlMulti.Completion]
    /// Ends a `poll` that waits, or the next one. Any thread may call it.
    func wakeup()
}

extension CurlMulti: Transport {}
