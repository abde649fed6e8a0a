import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Seconds on a clock that never jumps.
enum DemoClock {
    static func seconds() -> Double {
        Double(NIODeadline.now().uptimeNanoseconds) / 1e9
    }

    /// Ends early when a signal comes.
    static func sleep(millis: Int) {
        usleep(UInt32(millis) * 1000)
    }
}
