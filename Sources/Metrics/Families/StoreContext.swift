#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What all families of a registry use.
struct StoreContext: Sendable {
    let slabs: SlabAllocator
    let refusals: Refusals
    let interned: InternTable
    let clock: MonotonicClock
    let wallClock: WallMillisClock
}

extension MetricsRegistry {
    /// The system's clock, read coarsely (within some milliseconds) where that is cheaper.
    public static let systemTime: WallMillisClock = {
        var time = timespec()
        #if os(Linux)
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        #else
        clock_gettime(CLOCK_REALTIME, &time)
        #endif
        return Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000
    }
}
