import Locking

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One thread or a few for work that blocks, so that no event loop has to.
///
/// Threads start with the first work.
final class Worker: Sendable {
    private struct Piece {
        let work: @Sendable () -> Void
        let cancelled: @Sendable () -> Void
    }

    private struct State {
        var pieces: [Piece] = []
        var next = 0
        var threads: [PlatformThread] = []
        var idle = 0
        var running = 0
        var isStopped = false

        var waiting: Int { pieces.count - next }

        mutating func take() -> Piece? {
            guard next < pieces.count else { return nil }
            let piece = pieces[next]
            next += 1
            if next == pieces.count {
                pieces.removeAll(keepingCapacity: true)
                next = 0
            }
            return piece
        }
    }

    private let state = Monitor(State())
    private let threads: Int
    private let isBackground: Bool
    private let ended = Completion()

    /// With one thread, work runs in the order in which it was submitted.
    ///
    /// - Parameter isBackground: On a busy machine the event loops go first.
    init(threads: Int = 1, isBackground: Bool = false) {
        self.threads = threads
        self.isBackground = isBackground
    }

    /// Runs the work after what was submitted before.
    ///
    /// - Parameter cancelled: called in place of the work when the worker stops before its turn.
    /// - Returns: false when the worker was stopped already; neither closure is called then.
    @discardableResult
    func submit(
        _ work: @escaping @Sendable () -> Void, cancelled: @escaping @Sendable () -> Void = {}
    ) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isStopped else { return false }
            if state.waiting >= state.idle, state.threads.count < threads {
                if let thread = try? PlatformThread({ [self] in run() }) {
                    state.threads.append(thread)
                    state.running += 1
                } else if state.threads.isEmpty {
                    return false
                }
            }
            state.pieces.append(Piece(work: work, cancelled: cancelled))
            return true
        }
        state.changed()
        return isTaken
    }

    private func run() {
        if isBackground { Self.giveWay() }
        while let piece = nextPiece() { piece.work() }
        let isLast = state.withLock { state in
            state.running -= 1
            return state.running == 0
        }
        if isLast { ended.complete() }
    }

    /// Nil when the worker stops.
    private func nextPiece() -> Piece? {
        state.withLock { $0.idle += 1 }
        return state.wait { state in
            if let piece = state.take() {
                state.idle -= 1
                return .done(piece)
            }
            if state.isStopped {
                state.idle -= 1
                return .done(nil)
            }
            return .wait(nanos: .max)
        }
    }

    /// Lowers the calling thread's priority, which Linux has for each thread: about a tenth of a busy event loop's share.
    private static func giveWay() {
        #if canImport(Glibc)
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        #elseif canImport(Musl)
        _ = setpriority(PRIO_PROCESS, 0, 10)
        #endif
    }

    /// Takes no more work, cancels what has not begun, and waits for what is running.
    func stop() async {
        let (waiting, threads, isIdle) = state.withLock { state in
            state.isStopped = true
            var waiting: [Piece] = []
            while let piece = state.take() { waiting.append(piece) }
            let threads = state.threads
            state.threads = []
            return (waiting, threads, state.running == 0)
        }
        state.changed()
        for piece in waiting { piece.cancelled() }
        if !isIdle { await ended.get() }
        for thread in threads { thread.join() }
    }
}
