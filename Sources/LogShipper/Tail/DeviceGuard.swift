import Locking

/// Goes to the files of one remote file system before the reader does, on a thread of its own. The reader follows only
/// where this came back, and then finds the bytes in the page cache: a server that is gone keeps this thread waiting, and
/// nobody else. What remains is the moment between the two.
final class DeviceGuard: @unchecked Sendable {
    /// What the reader is about to do.
    enum Touch: Sendable {
        case open(path: String)
        case read(OpenDescriptor, offset: Int64)
    }

    private struct State {
        /// When each file was asked for.
        var asked: [FileIdentity: Int64] = [:]
        var done: Set<FileIdentity> = []
        var underWaySinceNanos: Int64?
    }

    /// A touch that takes longer means that the device hangs.
    static let hangNanos: Int64 = 1_000_000_000

    private let perform: @Sendable (Touch) -> Void
    private let wakeReader: @Sendable () -> Void
    private let jobs = Mailbox<(FileIdentity, Touch)>()
    private let state = Locked(State())
    private let thread: TurnThread

    /// - Parameter perform: what going to a file means; tests hang here
    init(
        _ perform: @escaping @Sendable (Touch) -> Void = DeviceGuard.touch, wakeReader: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        self.perform = perform
        self.wakeReader = wakeReader
        thread = try TurnThread()
        try thread.start(name: "device") { [self] in
            touchAll()
            return -1
        }
    }

    /// Whether the reader may go to a file now. Where not, this goes first and wakes the reader when it is back.
    func mayGo(to file: FileIdentity, nowNanos: Int64, _ touch: @autoclosure () -> Touch) -> Bool {
        let answer = state.withLock { state -> (mayGo: Bool, isNew: Bool) in
            if state.done.remove(file) != nil { return (true, false) }
            if state.asked[file] != nil { return (false, false) }
            state.asked[file] = nowNanos
            return (false, true)
        }
        if answer.isNew {
            jobs.post((file, touch()))
            thread.wake()
        }
        return answer.mayGo
    }

    /// Whether a touch has not come back for longer than usual.
    func isHanging(nowNanos: Int64) -> Bool {
        state.withLock { $0.underWaySinceNanos.map { nowNanos - $0 > DeviceGuard.hangNanos } ?? false }
    }

    /// Ends the thread; one that hangs in a system call is left behind.
    func stop() { thread.stop(leavingBehind: { state.withLock { $0.underWaySinceNanos != nil } }) }

    private func touchAll() {
        for (file, touch) in jobs.takeAll() where !thread.isStopping {
            state.withLock { $0.underWaySinceNanos = Clock.monotonicNanos() }
            perform(touch)
            state.withLock { state in
                state.underWaySinceNanos = nil
                state.asked[file] = nil
                state.done.insert(file)
            }
            wakeReader()
        }
    }

    /// Reads what the reader is going to read.
    static func touch(_ touch: Touch) {
        switch touch {
        case .open(let path):
            if let found = try? FileShell.open(path) {
                _ = FileShell.bytes(found.descriptor, at: 0, count: Fingerprint.maxBytes)
            }
        case .read(let descriptor, let offset):
            _ = FileShell.bytes(descriptor, at: offset, count: BlockBuffer.usualBytes + Marker.maxBytes)
        }
    }
}
