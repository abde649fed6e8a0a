import TestSupport
import Testing

@testable import LogShipper

@Suite("LineRanges")
struct LineRangesTests {
    @Test("random unions, differences and halves agree with sets")
    func model() {
        var random = SeededGenerator.forTest(seed: 71)
        for _ in 0..<500 {
            let left = Set((0..<random.int(0...12)).map { _ in random.int(0...20) })
            let right = Set((0..<random.int(0...12)).map { _ in random.int(0...20) })
            let ranges = LineRanges(ascending: left.sorted())
            let others = LineRanges(ascending: right.sorted())
            var union = ranges
            union.formUnion(others)
            let difference = ranges.subtracting(others)
            let (first, second) = ranges.halves()
            for (result, expected) in [
                (union, left.union(right)), (difference, left.subtracting(right)),
                (first, Set(left.sorted().prefix(left.count / 2))),
                (second, Set(left.sorted().dropFirst(left.count / 2))),
            ] {
                #expect(result.checkInvariants())
                #expect(result == LineRanges(ascending: expected.sorted()))
                #expect(result.count == expected.count && result.isEmpty == expected.isEmpty)
                #expect(result.first == expected.min() && result.end == expected.max().map { $0 + 1 } ?? 0)
            }
            #expect(ranges.isDisjoint(with: others) == left.isDisjoint(with: right))
            #expect(ranges.leading == (0...21).first { !left.contains($0) })
        }
    }
}
