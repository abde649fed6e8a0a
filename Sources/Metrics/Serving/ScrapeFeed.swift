import Exposition
import Locking

/// Scrapes for servers whose threads must not block: pages are rendered on worker threads, and every connection takes
/// its pieces when its client can.
///
/// A ``ScrapeService`` renders equal scrapes once. What waits for slow readers is bounded by ``Limits/heldBytes`` over
/// all of them together, so a page that fits never keeps its worker waiting, however slowly it is read. Once the bytes
/// are used up, workers wait for room, at most for the scrape's timeout, and readers that take nothing for
/// ``Limits/stallNanos`` meanwhile are cut off.
public final class ScrapeFeed: Sendable {
    /// What the feed may hold.
    public struct Limits: Sendable {
        /// Bytes that may wait for their readers, over all scrapes.
        public var heldBytes: Int
        /// While the bytes are used up, a reader that has taken nothing for so long loses its page.
        public var stallNanos: UInt64

        /// Makes limits; the default is 64 MiB and two seconds.
        public init(heldBytes: Int = 64 << 20, stallNanos: UInt64 = 2_000_000_000) {
            self.heldBytes = heldBytes
            self.stallNanos = stallNanos
        }
    }

    /// Runs work on another thread, soon; false when there is no such thread any more.
    public typealias Runner = @Sendable (_ work: @escaping @Sendable () -> Void) -> Bool

    private struct State {
        /// Those that hold bytes or wait for some.
        var readers: [ObjectIdentifier: ScrapeReader] = [:]
        var heldBytes = 0
    }

    private let service: ScrapeService
    private let limits: Limits
    private let clock: MonotonicClock
    private let run: Runner
    private let state = Monitor(State())

    /// A feed of the service's pages; `run` brings the threads that render, of which two are enough.
    public init(_ service: ScrapeService, limits: Limits = Limits(), run: @escaping Runner) {
        self.service = service
        self.limits = limits
        self.run = run
        clock = service.registry.clock
    }

    /// What a request would be answered with.
    public func plan(_ request: ScrapeRequest) -> ScrapePlan { service.plan(request) }

    /// Begins a scrape, or joins an equal one. Does not block.
    ///
    /// - Throws: ``ScrapeError/busy`` when there are too many, or no threads any more: answer 503.
    public func open(_ request: ScrapeRequest) throws(ScrapeError) -> ScrapeReader {
        let plan = plan(request)
        let now = clock()
        let reader = ScrapeReader(
            feed: self, plan: plan, now: now, deadline: now.addingReportingOverflow(plan.timeoutNanos).partialValue)
        state.withLock { $0.readers[ObjectIdentifier(reader)] = reader }
        let sink = ScrapeSink(
            write: { [self] in try write($0, to: reader) }, end: { [self] in end(reader, $0) })
        switch service.submit(plan, sink) {
        case .joined: return reader
        case .run(let job):
            // A job that is dropped without having run ends its readers' scrapes.
            if run({ job.run() }) { return reader }
        case .refused: break
        }
        cancel(reader)
        throw .busy
    }

    /// Bytes that wait for their readers.
    public var heldBytes: Int { state.withLock { $0.heldBytes } }

    /// Readers that have not come to an end.
    public var openReaders: Int { state.withLock { $0.readers.count } }

    // MARK: - Workers

    /// The reader has gone.
    private struct Abandoned: Error {}

    private func write(_ bytes: UnsafeRawBufferPointer, to reader: ScrapeReader) throws {
        guard !bytes.isEmpty else { return }
        while true {
            var woken: [ScrapeReader.Wake] = []
            let isDone = try state.wait { state in
                guard reader.isOpen else { throw reader.failure ?? Abandoned() }
                if state.heldBytes + bytes.count <= limits.heldBytes || state.heldBytes == 0 {
                    reader.append(bytes, now: clock())
                    state.heldBytes += bytes.count
                    woken = reader.takeWake()
                    return .done(true)
                }
                let now = clock()
                let cut = cutStalled(&state, now)
                woken = cut.woken
                if cut.isAny { return .done(false) }
                guard now < reader.deadline else { throw ScrapeError.timeout }
                return .wait(nanos: min(reader.deadline, cut.next) - now)
            }
            if !isDone { state.changed() }
            for wake in woken { wake() }
            if isDone { return }
        }
    }

    private func end(_ reader: ScrapeReader, _ error: (any Error)?) {
        let woken = state.withLock { _ -> [ScrapeReader.Wake] in
            guard reader.isOpen else { return [] }
            reader.finish(error)
            return reader.takeWake()
        }
        for wake in woken { wake() }
    }

    /// Cuts off readers that take nothing; `next` is when there may be more of them, later than `now`.
    private func cutStalled(
        _ state: inout State, _ now: UInt64
    ) -> (woken: [ScrapeReader.Wake], isAny: Bool, next: UInt64) {
        var woken: [ScrapeReader.Wake] = []
        var isAny = false
        var next = UInt64.max
        for reader in state.readers.values where reader.heldBytes > 0 {
            let (due, isNever) = reader.lastTakenNanos.addingReportingOverflow(limits.stallNanos)
            guard !isNever, now >= due else {
                next = isNever ? next : min(next, due)
                continue
            }
            close(reader, &state)
            reader.failure = ScrapeReader.TooSlow()
            isAny = true
            woken += reader.takeWake()
        }
        return (woken, isAny, next)
    }

    private func close(_ reader: ScrapeReader, _ state: inout State) {
        state.readers[ObjectIdentifier(reader)] = nil
        state.heldBytes -= reader.close()
    }

    // MARK: - Readers

    func next(_ reader: ScrapeReader, orCall wake: @escaping ScrapeReader.Wake) -> ScrapeReader.Step {
        let now = clock()
        let step = state.withLock { state in
            let step = reader.take(now: now, orCall: wake)
            switch step {
            case .piece(let bytes): state.heldBytes -= bytes.count
            case .wait: break
            case .end, .failed: close(reader, &state)
            }
            return step
        }
        if case .wait = step { return step }
        state.changed()
        return step
    }

    func whenBegun(_ reader: ScrapeReader, _ body: @escaping ScrapeReader.Wake) {
        if state.withLock({ _ in reader.isBegun(orCall: body) }) { body() }
    }

    func cancel(_ reader: ScrapeReader) {
        state.withLock { state in
            close(reader, &state)
            _ = reader.takeWake()
        }
        state.changed()
    }
}
