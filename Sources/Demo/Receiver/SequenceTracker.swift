/// Finds duplicates and gaps by the identity of a line: run, loop and seq.
///
/// Numbers start at 1 in every ring, so what is missing below the highest one seen is a gap, or still on its way.
struct SequenceTracker: Sendable {
    /// Numbers seen of one ring: everything up to `through`, and single ones beyond.
    private struct Ring {
        var through = 0
        var beyond: Set<Int> = []
        var highest = 0
    }

    private var rings: [String: Ring] = [:]
    private(set) var duplicates = 0
    private(set) var distinct = 0

    /// A line that came in; `false` if it was there before.
    @discardableResult
    mutating func insert(run: String, loop: Int, seq: Int) -> Bool {
        let key = "\(run)/\(loop)"
        var ring = rings[key] ?? Ring()
        guard seq > ring.through, ring.beyond.insert(seq).inserted else {
            duplicates += 1
            return false
        }
        while ring.beyond.remove(ring.through + 1) != nil { ring.through += 1 }
        ring.highest = max(ring.highest, seq)
        rings[key] = ring
        distinct += 1
        return true
    }

    /// Lines below the highest of their ring that are not there.
    var missing: Int {
        rings.values.reduce(0) { $0 + $1.highest - $1.through - $1.beyond.count }
    }
}
