#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Nanoseconds of a clock that never jumps; about 25 ns a call.
enum SteadyTime {
    @inline(__always)
    static func nanos() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
    }

    /// `now + delay`, never beyond what fits.
    @inline(__always)
    static func after(_ delay: Int64, from now: Int64) -> Int64 {
        let sum = now.addingReportingOverflow(delay)
        return sum.overflow ? .max : sum.partialValue
    }
}
