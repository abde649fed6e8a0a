/// Decides what the writer thread does next. Values in, an action out: no file, no clock, no ring.
///
/// A line is given back to the producer only when it is in the file whole. So a write that fails or stops in the
/// middle loses nothing: the rest follows when the file takes bytes again, and nothing is written in between. If the
/// file is replaced while a line is torn and the rest cannot be written, the new file gets the whole line again.
struct WriterState {
    /// Times in nanoseconds.
    struct Timing: Sendable {
        /// Between two batches.
        var tick: Int64 = 5_000_000
        /// Without a line for so long the writer sleeps long.
        var idleAfter: Int64 = 1_000_000_000
        /// How long a long sleep is.
        var idleWait: Int64 = 250_000_000
        /// How often the path is compared with the open file.
        var checkEvery: Int64 = 1_000_000_000
        /// First and longest wait after an error; it doubles.
        var retryMin: Int64 = 10_000_000
        var retryMax: Int64 = 1_000_000_000

        /// For a descriptor and ring 0 alone, which never misses to wake the writer: nothing is due while no line comes.
        static let onlyWhenWoken = Timing(
            idleAfter: 20_000_000, idleWait: 3_600_000_000_000, checkEvery: 3_600_000_000_000)
    }

    /// The published bytes of a ring that were not given back yet.
    struct Backlog: Equatable {
        var start: Int
        var end: Int
        var isEmpty: Bool { start == end }
    }

    enum Action: Equatable {
        case open
        case endTornLine
        /// At most these bytes; the shell cuts the range behind the last newline in it.
        case write(ring: Int, from: Int, to: Int)
        case checkPath
        case sleep(nanos: Int64, isLong: Bool)
        case finish
    }

    /// The most bytes in one write: the producer gets its memory back in between.
    static let writeBytes = 262_144
    /// After so many failed attempts to finish a torn line a waiting reopen goes first.
    static let tornAttempts = 5

    private struct Torn: Equatable {
        var ring: Int
        var written: Int
        var attempts = 0
    }

    private let timing: Timing
    private var file: FileIdentity?
    private var mustEndLine = false
    private var torn: Torn?
    private var wantsReopen = false
    private var nextRing = 0
    private var needsAnotherPass = false
    private var backoff: Int64 = 0
    private var retryAt: Int64 = .min
    private var reopenAt: Int64 = .min
    private var checkAt: Int64
    private var lastData: Int64
    private var closeDeadline: Int64?

    init(timing: Timing, now: Int64) {
        self.timing = timing
        checkAt = now + timing.checkEvery
        lastData = now
    }

    /// Whether the last attempt to open or write failed.
    var isFailing: Bool { backoff > 0 }

    // MARK: What happened

    /// SIGHUP, or whatever else asks for a new file.
    mutating func reopenRequested() {
        wantsReopen = true
        reopenAt = .min
    }

    /// No more lines will come; what is there is written until `deadline`.
    mutating func closeRequested(deadline: Int64) {
        closeDeadline = min(closeDeadline ?? deadline, deadline)
    }

    mutating func opened(_ identity: FileIdentity, endsInsideLine: Bool, now: Int64) {
        file = identity
        wantsReopen = false
        torn = nil
        mustEndLine = endsInsideLine
        succeeded()
        checkAt = now + timing.checkEvery
    }

    /// The old file, if there is one, stays in use.
    mutating func openFailed(now: Int64) {
        reopenAt = now + timing.retryMax
        if file == nil { failed(now: now) }
    }

    mutating func pathChecked(_ identity: FileIdentity?, now: Int64) {
        checkAt = now + timing.checkEvery
        if identity != file { wantsReopen = true }
    }

    /// `count` bytes from position `from` are in the file; `whole` is the end of the last whole line among them.
    mutating func wrote(ring: Int, from: Int, count: Int, whole: Int?, now: Int64) {
        guard count > 0 else { return failed(now: now) }
        succeeded()
        lastData = now
        let end = from + count
        torn = whole == end ? nil : Torn(ring: ring, written: end)
    }

    mutating func endedTornLine() {
        mustEndLine = false
        succeeded()
    }

    mutating func writeFailed(now: Int64) {
        torn?.attempts += 1
        failed(now: now)
    }

    /// The file has no name any more: what is written now would be lost.
    mutating func fileDeleted() {
        wantsReopen = true
        reopenAt = .min
        file = nil
        torn = nil
    }

    private mutating func succeeded() {
        backoff = 0
        retryAt = .min
    }

    private mutating func failed(now: Int64) {
        backoff = min(max(backoff * 2, timing.retryMin), timing.retryMax)
        retryAt = now + backoff
    }

    // MARK: What to do

    mutating func next(now: Int64, backlog: [Backlog]) -> Action {
        if let deadline = closeDeadline, now >= deadline { return .finish }
        if now < retryAt { return .sleep(nanos: wait(until: retryAt, now: now), isLong: false) }
        guard file != nil else { return .open }
        if mustEndLine { return .endTornLine }
        if wantsReopen, now >= reopenAt, torn.map({ $0.attempts >= WriterState.tornAttempts }) ?? true { return .open }
        if now >= checkAt, closeDeadline == nil { return .checkPath }
        if let torn, torn.ring < backlog.count {
            return chunk(ring: torn.ring, from: torn.written, to: backlog[torn.ring].end)
        }
        return nextWrite(backlog) ?? rest(now: now, backlog: backlog)
    }

    /// One pass over the rings, then a sleep: that is what makes batches.
    private mutating func nextWrite(_ backlog: [Backlog]) -> Action? {
        while nextRing < backlog.count {
            let ring = nextRing
            nextRing += 1
            if !backlog[ring].isEmpty { return chunk(ring: ring, from: backlog[ring].start, to: backlog[ring].end) }
        }
        return nil
    }

    private mutating func rest(now: Int64, backlog: [Backlog]) -> Action {
        nextRing = 0
        let isEmpty = backlog.allSatisfy { $0.isEmpty }
        if closeDeadline != nil { return nextWrite(backlog) ?? .finish }
        if needsAnotherPass {
            needsAnotherPass = false
            if let action = nextWrite(backlog) { return action }
            nextRing = 0
        }
        let isLong = isEmpty && now - lastData >= timing.idleAfter
        return .sleep(nanos: isLong ? timing.idleWait : timing.tick, isLong: isLong)
    }

    private mutating func chunk(ring: Int, from: Int, to end: Int) -> Action {
        if end - from > WriterState.writeBytes { needsAnotherPass = true }
        return .write(ring: ring, from: from, to: min(end, from + WriterState.writeBytes))
    }

    private func wait(until time: Int64, now: Int64) -> Int64 {
        min(time, closeDeadline ?? time) - now
    }
}
