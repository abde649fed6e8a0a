/// The largest request that a destination takes, learnt from its 413s, so that every batch is not sent whole first.
/// Forgotten after a while, because limits are raised.
struct SizeLimit: Equatable {
    private static let keptNanos: Int64 = 600_000_000_000
    private var bytes = Int.max
    private var learntNanos: Int64 = 0

    /// The most bytes before compression that a request should have.
    func maxBytes(nowNanos: Int64) -> Int {
        nowNanos - learntNanos < SizeLimit.keptNanos ? bytes : Int.max
    }

    /// A request of this size was too large.
    mutating func refused(_ refusedBytes: Int, nowNanos: Int64) {
        bytes = max(Bisection.smallBytes, min(maxBytes(nowNanos: nowNanos), refusedBytes / 2))
        learntNanos = nowNanos
    }
}
