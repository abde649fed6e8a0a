@testable import StructuredLog

/// Files in memory, with a fault where the test wants one. One thread.
final class FaultyFile: LogFile {
    enum Fault: Equatable {
        /// The call fails with this errno and does nothing.
        case fails(Int32)
        /// A write takes so many bytes and no more.
        case short(Int)
    }

    /// The contents by inode; `nil` for a file without a name.
    private(set) var contents: [UInt64: [UInt8]] = [:]
    /// What the path names.
    private(set) var named: UInt64?
    private var current: UInt64?
    private var nextInode: UInt64 = 1
    /// Faults by the number of the call (open and write count).
    var faults: [Int: Fault] = [:]
    /// A fault for every call, once it is set.
    var permanent: Fault?
    private(set) var callCount = 0
    /// Files whose disk is full.
    var full: Set<UInt64> = []

    /// Every file's text in the order the files were made.
    var texts: [String] { contents.sorted { $0.key < $1.key }.map { String(decoding: $0.value, as: UTF8.self) } }

    func rename() { named = nil }
    func remove() {
        if let named { contents[named] = nil }
        named = nil
    }

    func seed(_ text: String) {
        named = nextInode
        contents[nextInode] = Array(text.utf8)
        nextInode += 1
    }

    private func fault() -> Fault? {
        callCount += 1
        return permanent ?? faults[callCount]
    }

    func open() -> LogFileOpening {
        if case .fails(let code) = fault() { return .failed(code) }
        if named == nil { seed("") }
        current = named
        let last = named.flatMap { contents[$0]?.last }
        return .opened(identity(named ?? 0), endsInsideLine: last.map { $0 != 0x0A } ?? false)
    }

    func write(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> LogFileWriting {
        guard let current, contents[current] != nil else { return .deleted }
        if full.contains(current) { return .failed(28) }
        var limit = Int.max
        switch fault() {
        case .fails(let code): return .failed(code)
        case .short(let count): limit = count
        case nil: break
        }
        let bytes = (Array(first) + Array(second)).prefix(limit)
        contents[current, default: []] += bytes
        return .wrote(bytes.count)
    }

    func identityOfPath() -> FileIdentity? { named.map(identity) }

    private func identity(_ inode: UInt64) -> FileIdentity { FileIdentity(device: 1, inode: inode) }
}

/// A writer on a ``FaultyFile`` that is driven step by step with a clock of its own.
final class WriterRig {
    let file = FaultyFile()
    let rings: [LogRing]
    let health = SinkHealth()
    let writer: LogWriter
    private let wakeup: WriterWakeup
    private(set) var now: Int64 = 1_000_000_000

    init(rings count: Int = 1, ringBytes: Int = 65_536) throws {
        let wakeup = try WriterWakeup()
        let health = health
        rings = (0...count).map {
            LogRing(index: $0, ringBytes: ringBytes, run: "r1", queries: .nothing, wakeup: wakeup, health: health)
        }
        self.wakeup = wakeup
        var timing = WriterState.Timing()
        timing.tick = 1
        timing.idleWait = 1
        timing.retryMin = 1000
        timing.retryMax = 8000
        writer = LogWriter(
            rings: rings, wakeup: wakeup, health: health, file: file, timing: timing, now: now)
        _ = writer.openFirst(now: now)
    }

    /// Steps until the writer rests without work, at most `limit` times. Returns the last action.
    @discardableResult
    func settle(steps limit: Int = 200) -> WriterState.Action {
        var action = WriterState.Action.open
        for _ in 0..<limit {
            action = step()
            if case .sleep = action, backlogIsEmpty, !health.isFailing { return action }
            if action == .finish { return action }
        }
        return action
    }

    @discardableResult
    func step() -> WriterState.Action {
        // The next sleep ends at once.
        wakeup.signal()
        now += 1000
        return writer.step(now: now)
    }

    func advance(nanos: Int64) { now += nanos }

    var counters: LogCounters {
        var result = LogCounters()
        for reason in DropReason.allCases {
            result.droppedLines[reason] = rings.reduce(0) { $0 + $1.droppedLines(reason) }
        }
        for ring in rings { result.offeredLines += ring.offeredLines }
        writer.fill(&result)
        return result
    }

    private var backlogIsEmpty: Bool { rings.allSatisfy { $0.bytes.consumed() == $0.bytes.published() } }
}

/// The whole lines of a text: what follows the last newline does not count.
func splitLines(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).dropLast()
}
