import Synchronization

/// Takes back a timer; any thread.
final class TimerHandle: Sendable {
    private let flag = Atomic(false)

    init() {}

    /// The work will not run, unless it has begun.
    func cancel() { flag.store(true, ordering: .relaxed) }

    var isCancelled: Bool { flag.load(ordering: .relaxed) }
}

/// Timers of one loop, the next one first: a binary heap.
struct TimerHeap {
    struct Entry {
        let deadlineNanos: Int64
        let handle: TimerHandle
        let work: @Sendable () -> Void
    }

    private var entries: [Entry] = []

    var nextNanos: Int64? { entries.first?.deadlineNanos }

    mutating func add(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].deadlineNanos < entries[parent].deadlineNanos else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// The next timer whose time has come.
    mutating func takeDue(now: Int64) -> Entry? {
        guard let first = entries.first, first.deadlineNanos <= now else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return first }
        entries[0] = last
        sink()
        return first
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if entries[child].deadlineNanos < entries[least].deadlineNanos { least = child }
            }
            guard least != parent else { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
