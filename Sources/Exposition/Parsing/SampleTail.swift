/// What stands behind the series in a plain line of samples: ` value` or ` value timestamp`, and nothing else.
///
/// Hot path of reading text whose series are known; measured by `scripts/bench rules` (Data in).
package struct SampleTail {
    /// The number.
    package let value: Double
    /// Milliseconds of Unix time, or nil.
    package let timestampMillis: Int64?

    /// Reads the bytes behind the series.
    ///
    /// - Parameter isOpenMetrics: times are seconds, else milliseconds.
    /// - Returns: nil when anything is unusual; the parser then says what it is.
    @inline(__always)
    package init?(_ bytes: UnsafeBufferPointer<UInt8>, isOpenMetrics: Bool) {
        guard let base = bytes.baseAddress, bytes.count > 1, base[0] == UInt8(ascii: " ") else { return nil }
        var end = 1
        while end < bytes.count, !ByteClass.contains(base[end], ByteClass.blank) { end &+= 1 }
        let token = UnsafeBufferPointer(start: base + 1, count: end &- 1)
        guard let value = SampleTail.plain(token) ?? NumberText.parse(token)?.value else { return nil }
        self.value = value
        if end == bytes.count {
            timestampMillis = nil
            return
        }
        let rest = UnsafeBufferPointer(start: base + end + 1, count: bytes.count &- end &- 1)
        guard base[end] == UInt8(ascii: " "),
            let millis = isOpenMetrics ? SampleTail.secondsInMillis(rest) : SampleTail.whole(rest)
        else { return nil }
        timestampMillis = millis
    }

    /// A number of up to 15 digits with a point among or before them, which one exact division gives.
    @inline(__always)
    private static func plain(_ token: UnsafeBufferPointer<UInt8>) -> Double? {
        guard token.count <= 16, token.count > 1 else { return nil }
        var (digits, fraction, seenPoint): (UInt64, Int, Int) = (0, 0, 0)
        for byte in token {
            let digit = byte &- UInt8(ascii: "0")
            if digit <= 9 {
                digits = digits &* 10 &+ UInt64(digit)
                fraction &+= seenPoint
            } else {
                guard byte == UInt8(ascii: "."), seenPoint == 0 else { return nil }
                seenPoint = 1
            }
        }
        if seenPoint == 0 { return token.count < 16 ? Double(digits) : nil }
        return Double(digits) / NumberText.exactPowers[fraction]
    }

    /// Milliseconds: digits only.
    @inline(__always)
    private static func whole(_ token: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard token.count <= 18, token.count > 0 else { return nil }
        var digits: Int64 = 0
        for byte in token {
            let digit = byte &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            digits = digits &* 10 &+ Int64(digit)
        }
        return digits
    }

    /// Seconds of at most twelve digits before the point and three behind it: the nearest millisecond is exact.
    @inline(__always)
    private static func secondsInMillis(_ token: UnsafeBufferPointer<UInt8>) -> Int64? {
        var (digits, fraction, place): (Int64, Int, Int) = (0, 0, 0)
        while place < token.count, token[place] != UInt8(ascii: ".") {
            let digit = token[place] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            digits = digits &* 10 &+ Int64(digit)
            place &+= 1
            if place > 12 { return nil }
        }
        if place == 0 { return nil }
        place &+= 1
        while place < token.count {
            let digit = token[place] &- UInt8(ascii: "0")
            guard digit <= 9, fraction < 3 else { return nil }
            digits = digits &* 10 &+ Int64(digit)
            fraction &+= 1
            place &+= 1
        }
        while fraction < 3 {
            digits = digits &* 10
            fraction &+= 1
        }
        return digits
    }
}
