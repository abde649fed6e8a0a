import Testing

@testable import LogShipper

@Suite("How often hints are taken")
struct HintPaceTests {
    private static let milli: Int64 = 1_000_000

    @Test("what comes after a quiet time is taken at once, and what follows it closely together")
    func storm() {
        var pace = HintPace()
        var taken: [Int64] = []
        // A hint every tenth of a millisecond for a tenth of a second.
        for now in stride(from: 0, to: 100 * Self.milli, by: 100_000) where !pace.isPaused(nowNanos: now) {
            pace.taken(nowNanos: now)
            taken.append(now)
        }
        #expect(taken.first == 0 && (9...12).contains(taken.count))
    }

    @Test("hints that are far apart are never kept waiting")
    func calm() {
        var pace = HintPace()
        for now in stride(from: 0, to: 1000 * Self.milli, by: 20 * Int(Self.milli)) {
            #expect(!pace.isPaused(nowNanos: Int64(now)))
            pace.taken(nowNanos: Int64(now))
        }
    }
}
