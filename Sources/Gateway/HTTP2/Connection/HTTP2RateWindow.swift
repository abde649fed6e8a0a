/// Counts events within fixed spans of time.
struct HTTP2RateWindow: Equatable {
    private var startNanos: UInt64 = 0
    private var count = 0

    /// False when it is one more than `limit` within the span.
    @inline(__always)
    mutating func admit(limit: Int, spanNanos: UInt64, nowNanos: UInt64) -> Bool {
        if nowNanos &- startNanos >= spanNanos {
            startNanos = nowNanos
            count = 0
        }
        count &+= 1
        return count <= limit
    }
}
