/// `Retry-After` (RFC 9110, section 10.2.3): seconds or an HTTP date.
enum RetryAfter {
    /// The wait in nanoseconds from `nowWallNanos`; nil for what is neither. A past date is no wait.
    static func nanos(_ value: String, nowWallNanos: Int64) -> Int64? {
        if !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            let seconds = Int64(value) ?? Int64.max
            return seconds > 1_000_000_000 ? Int64.max / 2 : seconds * 1_000_000_000
        }
        guard let at = httpDateSeconds(value) else { return nil }
        return max(0, min(at, 8_000_000_000) * 1_000_000_000 - nowWallNanos)
    }

    /// Only IMF-fixdate (`Sun, 06 Nov 1994 08:49:37 GMT`): the two obsolete forms are no longer sent by anyone.
    private static func httpDateSeconds(_ value: String) -> Int64? {
        let words = value.split(separator: " ")
        guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT", let day = Int(words[1]),
            let month = months.firstIndex(of: String(words[2])), let year = Int(words[3]),
            (1970...9999).contains(year), (1...31).contains(day)
        else { return nil }
        let time = words[4].split(separator: ":").map { Int($0) ?? -1 }
        guard time.count == 3, (0..<24).contains(time[0]), (0..<60).contains(time[1]), (0...60).contains(time[2]) else {
            return nil
        }
        let days = Timestamp.daysSinceEpoch(year, month + 1, day)
        return Int64(((days * 24 + time[0]) * 60 + time[1]) * 60 + time[2])
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
