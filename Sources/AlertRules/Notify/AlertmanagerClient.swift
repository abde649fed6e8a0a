import CurlHTTP
import Dispatch
import Locking

/// Sends alerts to all configured Alertmanagers, on a serial queue of its own.
///
/// Each Alertmanager gets every alert (they deduplicate among themselves). What cannot be delivered in a few
/// attempts is dropped and counted: the evaluator hands an alert out again after its resend delay, and until then
/// `endsAt` keeps the last one valid.
public final class AlertmanagerClient: Sendable {
    /// Where alerts go, and the bounds.
    public struct Settings: Sendable {
        /// Base URLs, for example `http://127.0.0.1:9093`; `/api/v2/alerts` is added.
        public var urls: [String]
        /// External labels and the program's address.
        public var context = RuleContext()
        /// Alerts waiting; the oldest are dropped beyond that.
        public var maxQueued = 10_000
        /// Alerts in one request.
        public var maxBatch = 256
        /// Attempts for each batch and Alertmanager.
        public var maxAttempts = 3
        /// Wait before the second attempt; it doubles each time.
        public var retryDelayMillis = 200
        /// Time for one request.
        public var timeoutMillis = 10_000
        /// Credentials for every Alertmanager.
        public var authentication = HTTPAuthentication.none
        /// Certificates and checks of `https`.
        public var tls = TLSOptions()

        /// The defaults.
        public init(urls: [String]) { self.urls = urls }
    }

    /// What became of the alerts so far, for one Alertmanager.
    public struct Counters: Sendable, Equatable {
        /// Alerts that it accepted.
        public var sentAlerts: UInt64 = 0
        /// Requests that failed, each attempt counted.
        public var failedRequests: UInt64 = 0
        /// Alerts given up after the last attempt.
        public var droppedAlerts: UInt64 = 0
        /// Why the last request failed; nil after a success.
        public var lastError: String?
    }

    private struct State {
        var queue: [ActiveAlert] = []
        var counters: [Counters]
        var overflowed: UInt64 = 0
        var isDraining = false
        var isStopped = false
    }

    private let settings: Settings
    private let state: Locked<State>
    private let queue = DispatchQueue(label: "alertmanager-client")
    private let stopSignal = DispatchSemaphore(value: 0)
    private let connection = Connection()

    /// Used on the serial queue only, which is what makes it safe to share.
    private final class Connection: @unchecked Sendable {
        lazy var client = CurlClient()
    }

    /// A client; nothing is sent before the first ``enqueue(_:)``.
    public init(settings: Settings) {
        self.settings = settings
        state = Locked(State(counters: Array(repeating: Counters(), count: settings.urls.count)))
    }

    /// Takes alerts for sending and returns at once.
    public func enqueue(_ alerts: [ActiveAlert]) {
        guard !alerts.isEmpty, !settings.urls.isEmpty else { return }
        let mustStart = state.withLock { state in
            if state.isStopped { return false }
            state.queue += alerts
            let surplus = state.queue.count - settings.maxQueued
            if surplus > 0 {
                state.queue.removeFirst(surplus)
                state.overflowed += UInt64(surplus)
            }
            defer { state.isDraining = true }
            return !state.isDraining
        }
        if mustStart { queue.async { self.drain() } }
    }

    /// One for each URL, in their order.
    public var counters: [Counters] { state.withLock { $0.counters } }

    /// Alerts dropped because the queue was full.
    public var overflowedAlerts: UInt64 { state.withLock { $0.overflowed } }

    /// Alerts waiting now.
    public var queuedAlerts: Int { state.withLock { $0.queue.count } }

    /// Stops taking alerts, ends waiting between attempts, and waits until what is queued was tried once.
    ///
    /// - Returns: whether everything was tried before the deadline.
    @discardableResult
    public func stop(deadlineMillis: Int) -> Bool {
        state.withLock { $0.isStopped = true }
        stopSignal.signal()
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        return done.wait(timeout: .now() + .milliseconds(deadlineMillis)) == .success
    }

    private func drain() {
        while let batch = nextBatch() {
            let body = AlertPayload.json(batch, context: settings.context)
            for index in settings.urls.indices { deliver(body, count: batch.count, to: index) }
        }
    }

    private func nextBatch() -> [ActiveAlert]? {
        state.withLock { state in
            if state.queue.isEmpty {
                state.isDraining = false
                return nil
            }
            let batch = Array(state.queue.prefix(settings.maxBatch))
            state.queue.removeFirst(batch.count)
            return batch
        }
    }

    private func deliver(_ body: [UInt8], count: Int, to index: Int) {
        var delayMillis = settings.retryDelayMillis
        for attempt in 1...max(1, settings.maxAttempts) {
            let (failure, mayRetry) = post(body, to: settings.urls[index])
            state.withLock { state in
                state.counters[index].lastError = failure
                if failure == nil {
                    state.counters[index].sentAlerts += UInt64(count)
                } else {
                    state.counters[index].failedRequests += 1
                }
            }
            if failure == nil { return }
            let isLast = attempt >= settings.maxAttempts || !mayRetry || state.withLock { $0.isStopped }
            if isLast {
                state.withLock { $0.counters[index].droppedAlerts += UInt64(count) }
                return
            }
            if stopSignal.wait(timeout: .now() + .milliseconds(delayMillis)) == .success { stopSignal.signal() }
            delayMillis = min(delayMillis * 2, 10_000)
        }
    }

    /// The error's text, nil when the Alertmanager took the alerts; and whether trying again may help.
    private func post(_ body: [UInt8], to base: String) -> (failure: String?, mayRetry: Bool) {
        let root = base.hasSuffix("/") ? String(base.dropLast()) : base
        var request = HTTPRequest(
            method: "POST", url: root + "/api/v2/alerts",
            headers: [(name: "Content-Type", value: "application/json")], body: body,
            totalTimeoutMillis: settings.timeoutMillis, maxBodyBytes: 64 << 10)
        request.truncatesBody = true
        request.authentication = settings.authentication
        request.tls = settings.tls
        do {
            let response = try connection.client.perform(request)
            if (200..<300).contains(response.status) { return (nil, false) }
            let text = String(decoding: response.body.prefix(200), as: UTF8.self)
            return (
                "\(request.url): status \(response.status): \(text)", response.status >= 500 || response.status == 429
            )
        } catch {
            return ("\(request.url): \(error)", error.isRetryable)
        }
    }
}
