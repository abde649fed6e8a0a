#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Rests between the pieces of a page, so that a large page takes no processor away from requests for long.
///
/// A scheduler lets a thread run for milliseconds once it has the processor, even one of low priority, and so long a
/// request waits that needs the same processor. Work in turns of ``turnBytes`` and a rest after each turn divides the
/// page's cost among all requests of a second instead of a few.
struct ScrapePace {
    /// Bytes of one turn, a few tens of microseconds; what is both written and sent counts twice.
    static let turnBytes = 128 << 10
    /// A rest is never longer, whatever a turn cost.
    static let maxRestNanos: UInt64 = 20_000_000

    /// Nanoseconds of rest for one of work; 0: never rests.
    private let restPerWork: Double
    /// Rests are over when so much is used up.
    private var budgetNanos: UInt64
    private let cpu: MonotonicClock
    private let rest: @Sendable (UInt64) -> Void
    private var bytes = 0
    private var turnStart: UInt64 = 0

    /// - Parameters:
    ///   - share: the part of a processor to use, above 0; 1 or more: all of it
    ///   - budgetNanos: the rests together are about this long at most
    ///   - cpu: nanoseconds of processor time that the calling thread has used
    ///   - rest: sleeps for so many nanoseconds
    init(
        share: Double, budgetNanos: UInt64, cpu: @escaping MonotonicClock = ScrapePace.threadTime,
        rest: @escaping @Sendable (UInt64) -> Void = ScrapePace.sleep
    ) {
        restPerWork = share < 1 ? 1 / max(share, 0.001) - 1 : 0
        self.budgetNanos = budgetNanos
        self.cpu = cpu
        self.rest = rest
        if restPerWork > 0 { turnStart = cpu() }
    }

    /// Counts bytes that were written or compressed, and rests when a turn is over.
    @inline(__always)
    mutating func worked(_ count: Int) {
        guard restPerWork > 0 else { return }
        bytes += count
        if bytes >= ScrapePace.turnBytes { endTurn() }
    }

    private mutating func endTurn() {
        bytes = 0
        let now = cpu()
        let nanos = min(Double(now &- turnStart) * restPerWork, Double(min(ScrapePace.maxRestNanos, budgetNanos)))
        turnStart = now
        guard nanos >= 1 else { return }
        budgetNanos -= UInt64(nanos)
        rest(UInt64(nanos))
    }

    private static let threadTime: MonotonicClock = {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    private static let sleep: @Sendable (UInt64) -> Void = { nanos in
        var time = timespec(tv_sec: Int(nanos / 1_000_000_000), tv_nsec: Int(nanos % 1_000_000_000))
        nanosleep(&time, nil)
    }
}
