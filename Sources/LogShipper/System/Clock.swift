#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Reads the two clocks. Ages, backoff and deadlines use the monotonic one, so a wall clock that jumps changes nothing.
enum Clock {
    /// Nanoseconds since some fixed point; never goes back.
    static func monotonicNanos() -> Int64 { read(CLOCK_MONOTONIC) }

    /// Nanoseconds since 1970-01-01 UTC.
    static func wallNanos() -> Int64 { read(CLOCK_REALTIME) }

    /// CPU time that this thread has taken.
    static func threadCPUNanos() -> Int64 { read(CLOCK_THREAD_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
