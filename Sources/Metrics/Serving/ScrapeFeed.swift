import Exposition
import Locking

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

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
    private let state = Locked(State())

    /// Between two looks at whether there is room again.
    private static let pauseMicros: UInt32 = 2_000

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
            let isDone = try state.withLock { state in
                guard reader.isOpen else { throw reader.failure ?? Abandoned() }
                guard state.heldBytes + bytes.count <= limits.heldBytes || state.heldBytes == 0 else {
                    woken = cutStalled(&state)
                    return false
                }
                reader.append(bytes)
                state.heldBytes += bytes.count
                woken = reader.takeWake()
                return true
            }
            for wake in woken { wake() }
            if isDone { return }
            guard clock() < reader.deadline else { throw ScrapeError.timeout }
            usleep(Self.pauseMicros)
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

    private func cutStalled(_ state: inout State) -> [ScrapeReader.Wake] {
        let now = clock()
        var woken: [ScrapeReader.Wake] = []
        for reader in state.readers.values
        where reader.heldBytes > 0
            && now >= reader.lastTakenNanos.addingReportingOverflow(limits.stallNanos).partialValue
        {
            close(reader, &state)
            reader.failure = ScrapeReader.TooSlow()
            woken += reader.takeWake()
        }
        return woken
    }

    private func close(_ reader: ScrapeReader, _ state: inout State) {
        state.readers[ObjectIdentifier(reader)] = nil
        state.heldBytes -= reader.close()
    }

    // MARK: - Readers

    func next(_ reader: ScrapeReader, orCall wake: @escaping ScrapeReader.Wake) -> ScrapeReader.Step {
        let now = clock()
        return state.withLock { state in
            let step = reader.take(now: now, orCall: wake)
            switch step {
            case .piece(let bytes): state.heldBytes -= bytes.count
            case .wait: break
            case .end, .failed: close(reader, &state)
            }
            return step
        }
    }

    func whenBegun(_ reader: ScrapeReader, _ body: @escaping ScrapeReader.Wake) {
        if state.withLock({ _ in reader.isBegun(orCall: body) }) { body() }
    }

    func cancel(_ reader: ScrapeReader) {
        state.withLock { state in
            close(reader, &state)
            _ = reader.takeWake()
        }
    }
}
