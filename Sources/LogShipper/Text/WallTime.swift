#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Times for people and for JSON.
enum WallTime {
    /// RFC 3339 in UTC with milliseconds; years beyond 9999 are given as nanoseconds.
    static func text(_ nanos: Int64) -> String {
        var seconds = time_t(nanos / 1_000_000_000)
        var parts = tm()
        guard nanos >= 0, gmtime_r(&seconds, &parts) != nil, parts.tm_year < 8100 else { return "\(nanos)" }
        let date = "\(parts.tm_year + 1900)-\(pad(parts.tm_mon + 1, 2))-\(pad(parts.tm_mday, 2))"
        let time = "\(pad(parts.tm_hour, 2)):\(pad(parts.tm_min, 2)):\(pad(parts.tm_sec, 2))"
        return "\(date)T\(time).\(pad(Int32(nanos / 1_000_000 % 1000), 3))Z"
    }

    private static func pad(_ value: Int32, _ width: Int) -> String {
        let digits = "\(value)"
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
