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
/// request waits that needs the same processor. Work in turns of ``turnNanos`` and a rest after each turn divides the
/// page's cost among all requests of a second instead of a few.
struct ScrapePace {
    /// Processor time after which a turn is over.
    static let turnNanos: UInt64 = 50_000
    /// The time is looked at after so many bytes; what is both written and sent counts twice.
    static let lookBytes = 16 << 10
    /// A rest is never longer, whatever a turn cost.
    static let maxRestNanos: UInt64 = 20_000_000

    /// Nanoseconds of rest for one of work; 0: never rests.
    private let restPerWork: Double
    /// By `clock`; later there are no rests.
    private let restUntil: UInt64
    private let clock: MonotonicClock
    private let cpu: MonotonicClock
    private let rest: @Sendable (UInt64) -> Void
    private var bytes = 0
    private var turnStart: UInt64 = 0

    /// - Parameters:
    ///   - share: the part of a processor to use, above 0; 1 or more: all of it
    ///   - patienceNanos: rests are over so long after now
    ///   - clock: tells when that is
    ///   - cpu: nanoseconds of processor time that the calling thread has used
    ///   - rest: sleeps for so many nanoseconds
    init(
        share: Double, patienceNanos: UInt64, clock: @escaping MonotonicClock,
        cpu: @escaping MonotonicClock = ScrapePace.threadTime,
        rest: @escaping @Sendable (UInt64) -> Void = ScrapePace.sleep
    ) {
        restPerWork = share < 1 ? 1 / max(share, 0.001) - 1 : 0
        self.clock = clock
        self.cpu = cpu
        self.rest = rest
        guard restPerWork > 0 else {
            restUntil = 0
            return
        }
        let (until, isNever) = clock().addingReportingOverflow(patienceNanos)
        restUntil = isNever ? .max : until
        turnStart = cpu()
    }

    /// Counts bytes that were written or compressed, and rests when a turn is over.
    @inline(__always)
    mutating func worked(_ count: Int) {
        guard restPerWork > 0 else { return }
        bytes += count
        if bytes >= ScrapePace.lookBytes { look() }
    }

    private mutating func look() {
        bytes = 0
        let used = cpu()
        let work = used &- turnStart
        guard work >= ScrapePace.turnNanos else { return }
        turnStart = used
        let now = clock()
        guard now < restUntil else { return }
        rest(UInt64(min(Double(work) * restPerWork, Double(min(ScrapePace.maxRestNanos, restUntil - now)))))
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
