/// A rate in integers: what was taken is a time until which it is paid for.
///
/// The bucket is full when that time lies `burstNanos` back or more, and empty when it is not in the past. Whoever finds
/// it not empty may take any amount, so that a line larger than the bucket passes too, and pays later.
struct TokenBucket: Equatable {
    /// Monotonic nanoseconds; what was taken is paid for then.
    private(set) var paidUntilNanos: Int64 = .min / 2
    /// The rest of the last division, so that nothing is lost by rounding.
    private var remainder: UInt64 = 0

    func hasCredit(_ nowNanos: Int64) -> Bool { paidUntilNanos < nowNanos }

    /// When half of the bucket is full.
    func halfFullNanos(burstNanos: Int64) -> Int64 { TokenBucket.sum(paidUntilNanos, burstNanos / 2 + 1) }

    /// - Parameters:
    ///   - amount: below 2³³
    ///   - perSecond: at least 1
    mutating func take(_ amount: Int, perSecond: Int, burstNanos: Int64, nowNanos: Int64) {
        let rate = UInt64(max(1, perSecond))
        // Below 2³³ · 10⁹ + 2⁶³ < 2⁶⁴.
        let cost = UInt64(max(0, min(amount, 1 << 33 - 1))) * 1_000_000_000 + min(remainder, rate)
        remainder = cost % rate
        let from = max(paidUntilNanos, nowNanos - max(1, burstNanos))
        paidUntilNanos = TokenBucket.sum(from, Int64(clamping: cost / rate))
    }

    private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, isBeyond) = left.addingReportingOverflow(right)
        return isBeyond ? .max : sum
    }
}
