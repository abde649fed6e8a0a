import CCurl

/// Many requests at once, driven by one thread that calls `poll`. Connections are shared and kept.
///
/// All of it belongs to that thread except `wakeup`, which any thread may call while the object lives.
public final class CurlMulti: @unchecked Sendable {
    /// How a request ended.
    public struct Completion: Sendable {
        /// The id given to `add`.
        public var id: UInt64
        /// The response, whatever its status, or why there is none.
        public var result: Result<HTTPResponse, CurlError>

        /// A completion made by hand, for tests.
        public init(id: UInt64, result: Result<HTTPResponse, CurlError>) {
            self.id = id
            self.result = result
        }
    }

    private let multi: UnsafeMutableRawPointer
    private var running: [UInt64: Transfer] = [:]
    private var idOfHandle: [UnsafeMutableRawPointer: UInt64] = [:]
    private var idle: [Transfer] = []

    /// An empty set of requests.
    ///
    /// - Parameter maxIdleConnections: how many connections are kept open for the next requests.
    public init(maxIdleConnections: Int = 64) throws(CurlError) {
        guard CurlLibrary.isReady, let multi = gatehouse_multi_init() else {
            throw CurlLibrary.unavailable
        }
        self.multi = multi
        _ = gatehouse_multi_set_long(multi, CURLMOPT_MAXCONNECTS, maxIdleConnections)
    }

    deinit {
        for transfer in running.values { gatehouse_multi_remove_handle(multi, transfer.handle) }
        running = [:]
        idle = []
        gatehouse_multi_cleanup(multi)
    }

    /// The number of requests in flight.
    public var inFlightCount: Int { running.count }

    /// Starts a request. `id` comes back in its completion and must not be in flight already.
    public func add(_ request: HTTPRequest, id: UInt64) throws(CurlError) {
        guard running[id] == nil else {
            throw CurlError(kind: .invalidRequest, message: "request \(id) is already in flight")
        }
        let transfer = try takeTransfer()
        do throws(CurlError) {
            try transfer.prepare(request)
        } catch {
            idle.append(transfer)
            throw error
        }
        guard gatehouse_multi_add_handle(multi, transfer.handle) == CURLM_OK else {
            throw CurlError(kind: .other, message: "libcurl refused the request")
        }
        running[id] = transfer
        idOfHandle[transfer.handle] = id
    }

    /// Stops a request; it gets no completion. The connection is closed.
    public func cancel(id: UInt64) {
        guard let transfer = running.removeValue(forKey: id) else { return }
        gatehouse_multi_remove_handle(multi, transfer.handle)
        idOfHandle[transfer.handle] = nil
    }

    /// Drives all requests; waits until something happened, `wakeup` was called or the time is over.
    public func poll(timeoutMillis: Int) -> [Completion] {
        let finished = drive()
        guard finished.isEmpty, timeoutMillis > 0 else { return finished }
        let timeout = Int32(clamping: timeoutMillis)
        gatehouse_multi_poll(multi, timeout)
        return drive()
    }

    /// Ends a `poll` that waits, or the next one. Any thread may call it.
    public func wakeup() {
        gatehouse_multi_wakeup(multi)
    }

    private func takeTransfer() throws(CurlError) -> Transfer {
        if let transfer = idle.popLast() { return transfer }
        return try Transfer()
    }

    private func drive() -> [Completion] {
        var count: Int32 = 0
        gatehouse_multi_perform(multi, &count)
        var completions: [Completion] = []
        var left: Int32 = 0
        while let message = gatehouse_multi_info_read(multi, &left) {
            guard gatehouse_message_done(message) != 0, let handle = message.pointee.easy_handle,
                let id = idOfHandle[handle], let transfer = running[id]
            else { continue }
            // The message is freed by removing the handle, so the result is taken first.
            let code = gatehouse_message_result(message)
            gatehouse_multi_remove_handle(multi, handle)
            idOfHandle[handle] = nil
            running[id] = nil
            completions.append(Completion(id: id, result: transfer.finish(code)))
            idle.append(transfer)
        }
        return completions
    }
}
