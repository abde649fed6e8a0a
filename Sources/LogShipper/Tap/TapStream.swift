import Locking

/// The lines on their way to one who watches. Bounded: what a slow reader has no room for is left out, counted and said.
final class TapStream: Sendable {
    /// What to send next.
    enum Step: Equatable {
        /// Nothing yet; the closure will be called.
        case wait
        case piece([UInt8])
        case end
    }

    private struct State {
        var text = GrowableBytes()
        var leftOut = 0
        var shown = 0
        var wake: (@Sendable () -> Void)?
        var lastPieceNanos: Int64
    }

    static let bufferBytes = 256 << 10
    /// Of a longer line only the start is shown.
    static let shownLineBytes = 8 << 10
    /// An empty line that often finds a reader that is gone without a word.
    static let idleNanos: Int64 = 5_000_000_000

    let filter: TapFilter
    private let state: Locked<State>
    private let onEnd: @Sendable (TapStream) -> Void

    init(_ filter: TapFilter, now: Int64 = Clock.monotonicNanos(), onEnd: @escaping @Sendable (TapStream) -> Void) {
        self.filter = filter
        self.onEnd = onEnd
        state = Locked(State(lastPieceNanos: now))
    }

    var contentType: String { filter.isJSON ? "application/x-ndjson" : "text/plain; charset=utf-8" }

    /// A sender's thread.
    func take(output: String, tenant: String, _ forEachLine: ((UnsafeRawBufferPointer) -> Void) -> Void) {
        let wake = state.withLock { state -> (@Sendable () -> Void)? in
            let before = state.text.count
            forEachLine { line in
                guard filter.wants(line), filter.limit.map({ state.shown < $0 }) ?? true else { return }
                guard state.text.count < TapStream.bufferBytes else {
                    state.leftOut += 1
                    return
                }
                state.shown += 1
                append(line, output, tenant, state.text)
            }
            guard state.text.count > before else { return nil }
            defer { state.wake = nil }
            return state.wake
        }
        wake?()
    }

    private func append(_ line: UnsafeRawBufferPointer, _ output: String, _ tenant: String, _ text: GrowableBytes) {
        let isLong = line.count > TapStream.shownLineBytes
        let start = UnsafeRawBufferPointer(rebasing: line.prefix(TapStream.shownLineBytes))
        guard filter.isJSON else {
            let shown = TextTable.plain(String(decoding: start, as: UTF8.self), .max)
            return text.append(Array("\(output) \(tenant) \(shown)\(isLong ? "…" : "")\n".utf8))
        }
        text.append("{\"output\":")
        JSONEscape.appendString(output, to: text)
        text.append(",\"tenant\":")
        JSONEscape.appendString(tenant, to: text)
        text.append(",\"line\":\"")
        _ = JSONEscape.appendContent(start, to: text)
        text.append(isLong ? "\",\"cut\":true}\n" : "\"}\n")
    }

    /// The ops thread's: what there is, or a promise to call.
    func next(_ now: Int64 = Clock.monotonicNanos(), orCall wake: @escaping @Sendable () -> Void) -> Step {
        state.withLock { state in
            if state.text.count > 0 || state.leftOut > 0 {
                if state.leftOut > 0 { state.text.append(note(state.leftOut)) }
                let piece = Array(state.text.bytes)
                state.text = GrowableBytes()
                state.leftOut = 0
                state.lastPieceNanos = now
                return .piece(piece)
            }
            if let limit = filter.limit, state.shown >= limit { return .end }
            if now - state.lastPieceNanos >= TapStream.idleNanos {
                state.lastPieceNanos = now
                return .piece([0x0a])
            }
            state.wake = wake
            return .wait
        }
    }

    private func note(_ leftOut: Int) -> [UInt8] {
        Array(
            (filter.isJSON ? "{\"left_out\":\(leftOut)}\n" : "# \(leftOut) lines left out: the reader is slow\n").utf8)
    }

    /// The reader is gone, or everything is said.
    func cancel() { onEnd(self) }
}
