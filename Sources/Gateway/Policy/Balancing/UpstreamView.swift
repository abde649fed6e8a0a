/// An upstream as one event loop sees it when it balances.
struct UpstreamView {
    /// Of its address: the same on every loop and after every reload, so that tenants stay where they are.
    let hash: UInt64
    /// 1 to 100.
    let weight: Int
    /// Neither ejected nor down.
    var isUsable = true
    /// Of this loop.
    var inFlight = 0
    var latency = PeakEWMA()
    var slowStart = SlowStart()
    /// Its weight in thousandths, reduced while it starts slowly; as of the last pick.
    var share: Int
    /// Smooth weighted round robin: what it is owed, in shares.
    var turn = 0

    init(hash: UInt64, weight: Int = 1) {
        self.hash = hash
        self.weight = weight.clamped(1...100)
        share = self.weight * SlowStart.full
    }
}
