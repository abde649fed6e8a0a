// Hot path: runs once a line. Measured by `scripts/bench shipper`.

/// Reads the times of lines that follow one another: whatever has the same minute as the line before costs only its
/// seconds. Belongs to one thread.
struct LineTime {
    /// `YYYY-MM-DDTHH:MM:` of the last time that was read in full: its first and its last eight bytes of sixteen.
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    /// Seconds since 1970 of that minute.
    private var minute: Int64 = 0

    /// Nanoseconds since 1970; nil for anything that is no time between 1970 and 2262.
    @inline(__always)
    mutating func nanos(_ value: FieldVerdict, in line: UnsafeRawBufferPointer) -> Int64? {
        switch value {
        case .plain(let start, let count):
            let text = UnsafeRawBufferPointer(rebasing: line[start..<(start &+ count)])
            return nanos(text) ?? Timestamp.nanos(epoch: text)
        case .notString(let start, let count):
            return Timestamp.nanos(epoch: UnsafeRawBufferPointer(rebasing: line[start..<(start &+ count)]))
        case .escaped, .absent, .ambiguous, .notJSON: return nil
        }
    }

    /// RFC 3339.
    mutating func nanos(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard text.count >= 20, let base = text.baseAddress else { return nil }
        let first = base.loadUnaligned(as: UInt64.self)
        let second = base.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        if first == self.first, second == self.second, let rest = LineTime.secondsUTC(base, text.count) {
            return minute &* 1_000_000_000 &+ rest
        }
        guard let nanos = Timestamp.nanos(rfc3339: text) else { return nil }
        if LineTime.secondsUTC(base, text.count) != nil {
            self.first = first
            self.second = second
            minute = nanos / 60_000_000_000 * 60
        }
        return nanos
    }

    /// Nanoseconds within the minute of `:SS`, an optional fraction of up to nine digits and a `Z`; nil for other forms.
    @inline(__always)
    private static func secondsUTC(_ base: UnsafeRawPointer, _ count: Int) -> Int64? {
        func digit(_ at: Int) -> UInt32 { UInt32(base.load(fromByteOffset: at, as: UInt8.self)) &- 0x30 }
        let tens = digit(17)
        let ones = digit(18)
        guard tens < 6, ones < 10, base.load(fromByteOffset: 16, as: UInt8.self) == 0x3a,
            base.load(fromByteOffset: count &- 1, as: UInt8.self) == 0x5a
        else { return nil }
        var nanos: UInt32 = 0
        if count > 20 {
            guard count >= 22, count <= 30, base.load(fromByteOffset: 19, as: UInt8.self) == 0x2e else { return nil }
            for index in 20..<(count &- 1) {
                let next = digit(index)
                guard next < 10 else { return nil }
                nanos = nanos &* 10 &+ next
            }
            for _ in (count &- 21)..<9 { nanos = nanos &* 10 }
        }
        return Int64(tens &* 10 &+ ones) &* 1_000_000_000 &+ Int64(nanos)
    }
}
