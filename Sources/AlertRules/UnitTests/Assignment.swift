/// Which expectation is met by which result, when patterns let one expectation accept several: a maximum matching in
/// a bipartite graph by augmenting paths, breadth first, so that its memory and stack are bounded.
enum Assignment {
    /// Comparisons that one matching may take; the test's own sizes stay far below.
    static let maxPairs = 25_000_000

    /// Whether every expectation can have a result of its own; nil when there are too many to try.
    static func isPossible(
        expected: Int, got: Int, accepts: (_ expected: Int, _ got: Int) -> Bool
    ) -> Bool? {
        guard expected <= got else { return false }
        guard expected.multipliedReportingOverflow(by: got).partialValue <= maxPairs else { return nil }
        var candidates: [[Int32]] = []
        candidates.reserveCapacity(expected)
        for left in 0..<expected {
            let own = (0..<got).filter { accepts(left, $0) }
            if own.isEmpty { return false }
            candidates.append(own.map { Int32($0) })
        }
        var owner = Array(repeating: -1, count: got)
        for left in 0..<expected where !augment(from: left, candidates, &owner) { return false }
        return true
    }

    private static func augment(from start: Int, _ candidates: [[Int32]], _ owner: inout [Int]) -> Bool {
        var queue = [start]
        var cameFrom: [Int: Int] = [:]
        var next = 0
        while next < queue.count {
            let left = queue[next]
            next += 1
            for right in candidates[left].lazy.map(Int.init) where cameFrom[right] == nil {
                cameFrom[right] = left
                if owner[right] < 0 {
                    assign(right, start, candidates, cameFrom, &owner)
                    return true
                }
                queue.append(owner[right])
            }
        }
        return false
    }

    /// Hands every result on the path over, back to the start.
    private static func assign(
        _ free: Int, _ start: Int, _ candidates: [[Int32]], _ cameFrom: [Int: Int], _ owner: inout [Int]
    ) {
        var right = free
        while let left = cameFrom[right] {
            let before = left == start ? nil : owner.firstIndex(of: left)
            owner[right] = left
            guard let before else { return }
            right = before
        }
    }
}
