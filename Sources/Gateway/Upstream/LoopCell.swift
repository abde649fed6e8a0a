/// A cell on one event loop: its pools, its turn, its metric children.
final class LoopCell {
    let state: CellState
    let name: [UInt8]
    let hash: UInt64
    /// Bytes of the path that are not forwarded: `/api/v1/<cell>`, or nothing.
    let stripPrefix: Int
    let pools: [UpstreamPool]
    let meters: CellMeters
    /// The largest body of a request; nil: what all cells have.
    let bodyLimit: Int?
    private var turn = 0

    init(_ state: CellState, pools: [UpstreamPool], meters: CellMeters) {
        self.state = state
        self.pools = pools
        self.meters = meters
        bodyLimit = state.definition.bodyBytes
        name = Array(state.definition.name.utf8)
        hash = ByteHash.hash(name)
        stripPrefix = state.definition.stripPrefix ? "/api/v1/".utf8.count + name.count : 0
    }

    @inline(__always)
    func matches(_ bytes: Span<UInt8>, _ slice: ByteSlice) -> Bool {
        guard slice.count == name.count else { return false }
        for index in 0..<name.count where name[index] != bytes[slice.lower + index] { return false }
        return true
    }

    /// The next usable upstream in turn, another than `excluded` if there is one. One that has just refused a
    /// connection is passed over while there are others.
    func pick(now: Int64, excluding excluded: UpstreamPool?) -> UpstreamPool? {
        let count = pools.count
        guard count > 0 else { return nil }
        turn = turn + 1 < count ? turn + 1 : 0
        var second: UpstreamPool?
        var index = turn
        for _ in 0..<count {
            let pool = pools[index]
            index = index + 1 < count ? index + 1 : 0
            guard pool.state.isUsable else { continue }
            if pool !== excluded, pool.avoidUntilNanos <= now { return pool }
            if second == nil || (second === excluded && pool !== excluded) { second = pool }
        }
        return second
    }
}
