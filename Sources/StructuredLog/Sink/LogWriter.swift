import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Performs what ``WriterState`` decides. One thread calls ``run()``, or a test calls ``step(now:)``.
final class LogWriter: @unchecked Sendable {
    private let rings: [LogRing]
    private let wakeup: WriterWakeup
    private let health: SinkHealth
    private let file: any LogFile
    private var state: WriterState
    private var backlog: [WriterState.Backlog]
    private var seenReopens = 0
    private let reopenRequests = Atomic<Int>(0)
    /// `Int64.max`: not asked to close.
    private let deadline = Atomic<Int64>(.max)

    private let lines = Atomic<Int>(0)
    private let bytes = Atomic<Int>(0)
    private let errors = Atomic<Int>(0)
    private let opens = Atomic<Int>(0)

    init(
        rings: [LogRing], wakeup: WriterWakeup, health: SinkHealth, file: any LogFile, timing: WriterState.Timing,
        now: Int64
    ) {
        self.rings = rings
        self.wakeup = wakeup
        self.health = health
        self.file = file
        state = WriterState(timing: timing, now: now)
        backlog = rings.map { _ in WriterState.Backlog(start: 0, end: 0) }
    }

    // MARK: From any thread

    func requestReopen() {
        reopenRequests.add(1, ordering: .sequentiallyConsistent)
        wakeup.signal()
    }

    func requestClose(deadline nanos: Int64) {
        deadline.store(nanos, ordering: .sequentiallyConsistent)
        wakeup.signal()
    }

    func fill(_ counters: inout LogCounters) {
        counters.writtenLines = lines.load(ordering: .relaxed)
        counters.writtenBytes = bytes.load(ordering: .relaxed)
        counters.fileErrors = errors.load(ordering: .relaxed)
        counters.reopens = max(0, opens.load(ordering: .relaxed) - 1)
    }

    // MARK: On the writer's thread

    /// Opens the file; the only failure that the caller sees, later ones are retried.
    func openFirst(now: Int64) -> Int32? {
        switch file.open() {
        case .opened(let identity, let endsInsideLine):
            opens.add(1, ordering: .relaxed)
            state.opened(identity, endsInsideLine: endsInsideLine, now: now)
            return nil
        case .failed(let code): return code
        }
    }

    /// Works until a close is done.
    func run() {
        while step(now: SteadyClock.nanos()) != .finish {}
        countUnwritten()
    }

    /// One action; returns it.
    @discardableResult
    func step(now: Int64) -> WriterState.Action {
        takeRequests()
        for index in rings.indices { backlog[index].end = rings[index].bytes.published() }
        let action = state.next(now: now, backlog: backlog)
        switch action {
        case .open: open(now: now)
        case .endTornLine: endTornLine(now: now)
        case .write(let ring, let from, let end): write(ring: ring, from: from, to: end, now: now)
        case .checkPath: state.pathChecked(file.identityOfPath(), now: now)
        case .sleep(let nanos, let isLong): sleep(nanos: nanos, isLong: isLong)
        case .finish: break
        }
        if health.isFailing != state.isFailing { health.isFailing = state.isFailing }
        return action
    }

    private func takeRequests() {
        let requests = reopenRequests.load(ordering: .acquiring)
        if requests != seenReopens {
            seenReopens = requests
            state.reopenRequested()
        }
        let limit = deadline.load(ordering: .acquiring)
        if limit != .max { state.closeRequested(deadline: limit) }
    }

    private func open(now: Int64) {
        guard openFirst(now: now) != nil else { return }
        errors.add(1, ordering: .relaxed)
        state.openFailed(now: now)
    }

    private func endTornLine(now: Int64) {
        let newline: [UInt8] = [0x0A]
        let result = newline.withUnsafeBytes { file.write($0, UnsafeRawBufferPointer(start: nil, count: 0)) }
        switch result {
        case .wrote(let count) where count > 0: state.endedTornLine()
        case .wrote: state.writeFailed(now: now)
        case .deleted: state.fileDeleted()
        case .failed(let code): failed(code, now: now)
        }
    }

    private func write(ring index: Int, from: Int, to end: Int, now: Int64) {
        let ring = rings[index].bytes
        let cut = wholeEnd(ring, from: from, to: end) ?? end
        let (first, second) = ring.pieces(from: from, to: cut)
        switch file.write(first, second) {
        case .wrote(let count):
            let done = min(max(count, 0), cut - from)
            let whole = wholeEnd(ring, from: from, to: from + done)
            bytes.add(done, ordering: .relaxed)
            if let whole { release(index, from: from, to: whole) }
            state.wrote(ring: index, from: from, count: done, whole: whole, now: now)
        case .deleted: state.fileDeleted()
        case .failed(let code): failed(code, now: now)
        }
    }

    private func failed(_ code: Int32, now: Int64) {
        if code != EAGAIN { errors.add(1, ordering: .relaxed) }
        state.writeFailed(now: now)
    }

    private func release(_ index: Int, from: Int, to whole: Int) {
        let ring = rings[index].bytes
        let (first, second) = ring.pieces(from: from, to: whole)
        lines.add(LineScan.newlines(in: first) + LineScan.newlines(in: second), ordering: .relaxed)
        backlog[index].start = whole
        ring.release(before: whole)
    }

    /// The end of the last whole line in the range.
    private func wholeEnd(_ ring: ByteRing, from: Int, to end: Int) -> Int? {
        let (first, second) = ring.pieces(from: from, to: end)
        let inSecond = LineScan.lengthThroughLastNewline(in: second)
        if inSecond > 0 { return from + first.count + inSecond }
        let inFirst = LineScan.lengthThroughLastNewline(in: first)
        return inFirst > 0 ? from + inFirst : nil
    }

    private func sleep(nanos: Int64, isLong: Bool) {
        wakeup.sleep(nanos: nanos, as: isLong ? .long : .short) {
            rings.indices.allSatisfy { rings[$0].bytes.published() == backlog[$0].end }
                && reopenRequests.load(ordering: .acquiring) == seenReopens
                && deadline.load(ordering: .acquiring) == .max
        }
    }

    /// After a deadline: what is still in the rings will never be written, and is counted.
    private func countUnwritten() {
        for (index, ring) in rings.enumerated() {
            let (first, second) = ring.bytes.pieces(from: backlog[index].start, to: ring.bytes.published())
            let lost = LineScan.newlines(in: first) + LineScan.newlines(in: second)
            if lost > 0 { ring.countDropped(lost, .closed) }
        }
    }
}
