import Synchronization

/// What producers need to know of the writer: one flag each, written rarely.
final class SinkHealth: Sendable {
    private let failing = Atomic<Bool>(false)
    private let closed = Atomic<Bool>(false)

    /// The last attempt to write or open failed.
    var isFailing: Bool {
        get { failing.load(ordering: .relaxed) }
        set { failing.store(newValue, ordering: .relaxed) }
    }

    /// No line is taken any more.
    var isClosed: Bool { closed.load(ordering: .relaxed) }

    func close() { closed.store(true, ordering: .sequentiallyConsistent) }
}
