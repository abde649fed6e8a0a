import GatewayMetrics
import Synchronization

/// What a handler writes: a child, given up when the handler is destroyed or goes away.
final class BridgeSeries<Child: Instrument>: Sendable {
    let child: Child
    private let end: (@Sendable (_ isDestroyed: Bool) -> Void)?
    private let hasEnded = Atomic(false)

    init(child: Child, end: @escaping @Sendable (_ isDestroyed: Bool) -> Void) {
        self.child = child
        self.end = end
    }

    /// A child without effect, which nothing has to be given up for.
    init(refused child: Child) {
        self.child = child
        end = nil
    }

    /// The program does not want the metric any more.
    func destroy() { finish(isDestroyed: true) }

    deinit { finish(isDestroyed: false) }

    private func finish(isDestroyed: Bool) {
        guard !hasEnded.exchange(true, ordering: .relaxed) else { return }
        end?(isDestroyed)
    }
}
