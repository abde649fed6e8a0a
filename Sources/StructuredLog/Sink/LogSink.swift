#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One log file and the rings that lead to it.
///
/// Lines go from event loops through rings to one writer thread, in large writes every few milliseconds. A line that
/// would block its producer is dropped and counted; everything else is in the file once, whole, in the order of its
/// ring. Specified in ARCHITECTURE.md, "Log contract".
public final class LogSink: Sendable {
    /// The id of this process start, in every line.
    public let run: String
    private let rings: [LogRing]
    private let wakeup: WriterWakeup
    private let health: SinkHealth
    private let writer: LogWriter
    private let thread: WriterThread

    /// Opens the log at `path`, or takes standard output for `-`. Nothing is written before ``start()``.
    ///
    /// - Parameters:
    ///   - path: The file; it is made with mode 0640 if missing, its folder is not.
    ///   - rings: How many rings with a single producer there are, one for each event loop: 1…`rings`. Ring 0, for
    ///     any thread, comes on top.
    ///   - ringBytes: Memory of each ring, rounded up to a power of two, 64 KiB at least; twice the longest line.
    ///   - queries: Which query keys are logged.
    ///   - run: The id of this process start; by default a new random one.
    public convenience init(
        path: String, rings: Int, ringBytes: Int = 4_194_304, queries: QueryPolicy = .nothing,
        run: String = RunID.make()
    ) throws(LogSinkError) {
        let file = path == "-" ? PosixLogFile(descriptor: STDOUT_FILENO) : PosixLogFile(path: path)
        try self.init(
            file: file, path: path, rings: rings, ringBytes: ringBytes, queries: queries, run: run, timing: .init())
    }

    /// A log on a descriptor that is already open and stays open, such as standard error.
    public convenience init(
        descriptor: Int32, rings: Int, ringBytes: Int = 4_194_304, queries: QueryPolicy = .nothing,
        run: String = RunID.make()
    ) throws(LogSinkError) {
        try self.init(
            file: PosixLogFile(descriptor: descriptor), path: "-", rings: rings, ringBytes: ringBytes,
            queries: queries, run: run, timing: rings == 0 ? .onlyWhenWoken : .init())
    }

    init(
        file: any LogFile, path: String, rings: Int, ringBytes: Int, queries: QueryPolicy, run: String,
        timing: WriterState.Timing
    ) throws(LogSinkError) {
        guard (0...4096).contains(rings) else { throw .invalidSetting("rings must be 0…4096, not \(rings)") }
        guard (1...1 << 30).contains(ringBytes) else {
            throw .invalidSetting("a ring must have 1 byte to 1 GiB, not \(ringBytes)")
        }
        guard RunID.isValid(run) else {
            throw .invalidSetting("a run id is 1–64 letters, digits, dots, dashes or underscores")
        }
        let wakeup = try WriterWakeup()
        let health = SinkHealth()
        let all = (0...rings).map {
            LogRing(index: $0, ringBytes: ringBytes, run: run, queries: queries, wakeup: wakeup, health: health)
        }
        let now = SteadyClock.nanos()
        let writer = LogWriter(rings: all, wakeup: wakeup, health: health, file: file, timing: timing, now: now)
        if let code = writer.openFirst(now: now) { throw LogSink.openError(path: path, code: code) }
        self.run = run
        self.rings = all
        self.wakeup = wakeup
        self.health = health
        self.writer = writer
        thread = try WriterThread(writer)
    }

    deinit {
        // A sink that nobody closed still writes what it has; its thread then ends by itself.
        writer.requestClose(deadline: SteadyClock.nanos() + 1_000_000_000)
    }

    /// The ring of an event loop (1…), or ring 0 for every other thread. An index that does not exist gives ring 0,
    /// which is safe from any thread.
    public func ring(_ index: Int) -> LogRing {
        rings.indices.contains(index) ? rings[index] : rings[0]
    }

    /// Starts the writer thread; a second call does nothing. What was offered before is written as well.
    public func start() {
        thread.start()
    }

    /// Writes an app or audit line through ring 0. Any thread.
    @discardableResult
    public func write(_ record: LogRecord) -> Bool {
        rings[0].offer(record)
    }

    /// Opens the path anew, as after SIGHUP. Lines that were offered before may go to either file; none is lost.
    /// If the path cannot be opened the old file stays in use and the attempt is repeated every second.
    public func reopen() {
        writer.requestReopen()
    }

    /// Takes no more lines, writes what is there and stops the thread. Call it when the producers have stopped.
    ///
    /// Returns `true` when everything was written. After `deadlineNanos` (from now) the rest is counted as dropped
    /// with the reason `closed`. A second call waits for the same end.
    @discardableResult
    public func close(deadlineNanos: Int64 = 5_000_000_000) -> Bool {
        health.close()
        let (deadline, overflow) = SteadyClock.nanos().addingReportingOverflow(max(0, deadlineNanos))
        writer.requestClose(deadline: overflow ? .max - 1 : deadline)
        thread.start()
        guard thread.wait(untilNanos: overflow ? .max : deadline) else { return false }
        let now = counters
        return now.writtenLines + now.droppedTotal == now.offeredLines && (now.droppedLines[.closed] ?? 0) == 0
    }

    /// What happened so far.
    public var counters: LogCounters {
        var result = LogCounters()
        for reason in DropReason.allCases { result.droppedLines[reason] = droppedLines(reason) }
        for ring in rings { result.offeredLines += ring.offeredLines }
        writer.fill(&result)
        return result
    }

    /// Lines dropped for one reason, over all rings.
    public func droppedLines(_ reason: DropReason) -> Int {
        rings.reduce(0) { $0 + $1.droppedLines(reason) }
    }

    private static func openError(path: String, code: Int32) -> LogSinkError {
        switch code {
        case ENOENT, ENOTDIR: .directoryMissing(path: path)
        case EISDIR: .isDirectory(path: path)
        default: .notWritable(path: path, code: code)
        }
    }
}
