import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Lets the writer sleep and the producers wake it, with a pipe.
///
/// The writer sleeps for a few milliseconds between batches, and longer when nothing has come for a second. A producer
/// writes to the pipe only when the writer sleeps long, or when it sleeps at all and a ring is half full. A wake-up
/// that is missed because the two meet costs one sleep, never a line; ring 0, whose producers can wait, misses none.
final class WriterWakeup: Sendable {
    /// How the writer sleeps just now.
    enum Rest: UInt8 {
        /// It works.
        case awake
        /// Some milliseconds.
        case short
        /// Nothing has come for a while.
        case long
    }

    private let rest = Atomic<UInt8>(Rest.awake.rawValue)
    private let readEnd: Int32
    private let writeEnd: Int32

    init() throws(LogSinkError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw LogSinkError.system(call: "pipe", path: "", code: errno) }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Called for every line: one load, and in the steady state nothing else.
    @inline(__always)
    func producerPublished(used: Int, capacity: Int) {
        let mode = rest.load(ordering: .relaxed)
        if mode == Rest.awake.rawValue { return }
        if mode == Rest.long.rawValue || used > capacity / 2 { nudge() }
    }

    /// Wakes the writer if it sleeps.
    func nudge() {
        guard rest.exchange(Rest.awake.rawValue, ordering: .sequentiallyConsistent) != Rest.awake.rawValue else {
            return
        }
        signal()
    }

    /// Wakes the writer, or makes its next sleep end at once.
    func signal() {
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// The writer sleeps until `nanos` have passed or somebody wakes it. `isNeeded` is asked once more after the
    /// producers can see that the writer sleeps.
    func sleep(nanos: Int64, as mode: Rest, isNeeded: () -> Bool) {
        rest.store(mode.rawValue, ordering: .sequentiallyConsistent)
        // Before `isNeeded` looks: see LogRing.publish.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        defer { rest.store(Rest.awake.rawValue, ordering: .sequentiallyConsistent) }
        if mode == .long, !isNeeded() { return }
        var entry = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        let millis = Int32(clamping: max(1, (nanos + 999_999) / 1_000_000))
        guard poll(&entry, 1, millis) > 0 else { return }
        var scratch: (UInt64, UInt64) = (0, 0)
        _ = read(readEnd, &scratch, 16)
    }
}
