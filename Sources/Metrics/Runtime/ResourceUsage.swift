#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What getrusage(2) tells of the process, all its threads together, those that have ended included.
struct ResourceUsage: Equatable {
    var userSeconds: Double
    var systemSeconds: Double
    var minorFaults: Double
    var majorFaults: Double
    var voluntarySwitches: Double
    var involuntarySwitches: Double

    /// The process as it is now; microseconds where /proc/self/stat has ticks of ten milliseconds.
    static func current() -> ResourceUsage? {
        var usage = rusage()
        #if canImport(Glibc)
        let result = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #else
        let result = getrusage(Int32(RUSAGE_SELF), &usage)
        #endif
        guard result == 0 else { return nil }
        return ResourceUsage(
            userSeconds: seconds(usage.ru_utime), systemSeconds: seconds(usage.ru_stime),
            minorFaults: Double(usage.ru_minflt), majorFaults: Double(usage.ru_majflt),
            voluntarySwitches: Double(usage.ru_nvcsw), involuntarySwitches: Double(usage.ru_nivcsw))
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    /// A limit that there is not, as all Prometheus clients write it.
    static let unlimited = 18_446_744_073_709_551_616.0

    /// The soft limit of open files.
    static func maxDescriptors() -> Double? {
        var limit = rlimit()
        #if canImport(Glibc)
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        #else
        guard getrlimit(RLIMIT_NOFILE, &limit) == 0 else { return nil }
        #endif
        return value(limit)
    }

    /// The soft limit of the address space in bytes.
    static func maxVirtualBytes() -> Double? {
        var limit = rlimit()
        #if canImport(Glibc)
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return nil }
        #else
        guard getrlimit(RLIMIT_AS, &limit) == 0 else { return nil }
        #endif
        return value(limit)
    }

    private static func value(_ limit: rlimit) -> Double {
        // RLIM_INFINITY is 2⁶⁴ − 1 on Linux and 2⁶³ − 1 on Darwin.
        limit.rlim_cur < rlim_t(Int64.max) ? Double(limit.rlim_cur) : unlimited
    }
}
