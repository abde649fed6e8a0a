import Locking
import Synchronization

/// Where those who watch what leaves are kept. As long as nobody does, a delivered request costs one relaxed load.
final class TapHub: Sendable {
    static let maxStreams = 4

    private let isWatched = Atomic<Bool>(false)
    private let streams = Locked<[TapStream]>([])

    /// Whether `offer` has any effect. Any thread.
    var isOpen: Bool { isWatched.load(ordering: .relaxed) }

    /// A new stream; nil where there are too many.
    func open(_ filter: TapFilter) -> TapStream? {
        streams.withLock { streams in
            guard streams.count < TapHub.maxStreams else { return nil }
            let stream = TapStream(filter) { [weak self] stream in self?.remove(stream) }
            streams.append(stream)
            isWatched.store(true, ordering: .relaxed)
            return stream
        }
    }

    private func remove(_ stream: TapStream) {
        streams.withLock { streams in
            streams.removeAll { $0 === stream }
            isWatched.store(!streams.isEmpty, ordering: .relaxed)
        }
    }

    /// Shows delivered lines to those who want them. A sender's thread; never waits for a reader.
    ///
    /// - Parameter forEachLine: calls its argument with each line, without its line feed
    func offer(output: String, tenant: String, _ forEachLine: ((UnsafeRawBufferPointer) -> Void) -> Void) {
        let all = streams.withLock { $0 }
        for stream in all where stream.filter.wants(output: output, tenant: tenant) {
            stream.take(output: output, tenant: tenant, forEachLine)
        }
    }
}
