import CurlHTTP
import Locking

/// The client of a remote governance centre: `GET <url>/api/governance/cells`.
///
/// Questions are asked on a thread of its own, one at a time; whoever asks while one is under way waits for that one.
final class RemoteGovernance: Sendable {
    /// What asking gave: a body, or why there is none. Blocking.
    typealias Fetch = @Sendable () -> Result<[UInt8], InvalidValue>

    private struct State {
        var isAsking = false
        var waiting: [@Sendable () -> Void] = []
    }

    private let settings: GovernanceSettings
    private let directory: CellDirectory
    private let clock: MillisClock
    private let worker: Worker
    private let fetch: Fetch
    private let state = Locked(State())
    private let answered: @Sendable (String?) -> Void
    private let folder: StateFolder?
    private let kept = Locked<[UInt8]>([])

    /// - Parameter answered: called on the worker after each question, with the reason when it failed.
    init(
        settings: GovernanceSettings, directory: CellDirectory, worker: Worker, clock: @escaping MillisClock,
        fetch: @escaping Fetch, state folder: StateFolder? = nil, answered: @escaping @Sendable (String?) -> Void
    ) {
        self.settings = settings
        self.directory = directory
        self.worker = worker
        self.clock = clock
        self.fetch = fetch
        self.answered = answered
        self.folder = folder
    }

    /// Begins with the cells that the centre knew last, as long as it does not answer.
    func recall() {
        guard let folder, let text = try? SmallFile.read(folder.file(StateFolder.cells), limit: 8 << 20) else { return }
        let body = Array(text.utf8)
        guard let reading = try? GovernedCell.read(body, settings: settings, nowMillis: clock()) else { return }
        kept.withLock { $0 = body }
        directory.recall(reading.cells)
    }

    /// Keeps an answer that differs from the last one.
    private func keep(_ body: [UInt8]) {
        guard let folder, kept.withLock({ $0 != body }) else { return }
        // A disk that is full or read-only changes nothing for those who are served.
        guard (try? folder.keep(body, as: StateFolder.cells)) != nil else { return }
        kept.withLock { $0 = body }
    }

    /// Asks through libcurl, with the settings' deadline for the whole exchange.
    static func curl(url: HTTPURL, timeoutNanos: Int64) -> Fetch {
        let client = SingleThreadClient()
        let address = url.base + "/api/governance/cells"
        return {
            var request = HTTPRequest(url: address, headers: [("Accept", "application/json")])
            request.totalTimeoutMillis = Int(clamping: timeoutNanos / 1_000_000)
            request.connectTimeoutMillis = request.totalTimeoutMillis
            request.maxBodyBytes = 8 << 20
            return client.perform(request).flatMap { response in
                response.status == 200
                    ? .success(response.body) : .failure(InvalidValue("status \(response.status) from \(address)"))
            }
        }
    }

    /// Calls `ended`, on any thread, when the question that is now under way, or a new one, is answered or has failed.
    func refresh(_ ended: @escaping @Sendable () -> Void) {
        let mustAsk = state.withLock { state in
            state.waiting.append(ended)
            defer { state.isAsking = true }
            return !state.isAsking
        }
        if mustAsk {
            let isSubmitted = worker.submit {
                self.ask()
            } cancelled: {
                self.finish(problem: "shutting down")
            }
            if !isSubmitted { finish(problem: "shutting down") }
        }
    }

    /// Asks unless a question is under way. Blocking, for the worker itself.
    func askNow() {
        let mustAsk = state.withLock { state in
            defer { state.isAsking = true }
            return !state.isAsking
        }
        if mustAsk { ask() }
    }

    private func ask() {
        switch fetch() {
        case .failure(let error): finish(problem: error.message)
        case .success(let body):
            do {
                let reading = try GovernedCell.read(body, settings: settings, nowMillis: clock())
                directory.accept(reading.cells)
                keep(body)
                finish(problem: nil)
            } catch {
                finish(problem: "the answer is not understood: \(error)")
            }
        }
    }

    private func finish(problem: String?) {
        if problem != nil { directory.remoteFailed() }
        let waiting = state.withLock { state in
            defer {
                state.waiting = []
                state.isAsking = false
            }
            return state.waiting
        }
        answered(problem)
        for ended in waiting { ended() }
    }
}
