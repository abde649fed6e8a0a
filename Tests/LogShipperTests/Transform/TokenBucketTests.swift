import TestSupport
import Testing

@testable import LogShipper

@Suite("Rates of tenants")
struct TokenBucketTests {
    private static let second: Int64 = 1_000_000_000

    @Test("over a long time exactly the rate passes, whatever the rate", arguments: [1, 3, 7, 1000, 999_999_937])
    func rate(_ perSecond: Int) {
        var bucket = TokenBucket()
        var random = SeededGenerator.forTest(seed: UInt64(perSecond))
        var (now, taken): (Int64, Int) = (0, 0)
        let amount = max(1, perSecond / 50)
        while now < 100 * Self.second {
            now += Int64(random.int(0...5_000_000))
            while bucket.hasCredit(now) {
                bucket.take(amount, perSecond: perSecond, burstNanos: Self.second, nowNanos: now)
                taken += amount
            }
        }
        // A full bucket at the start, a hundred seconds, and one line too many at each end.
        let expected = perSecond * 101
        #expect(taken >= expected - 2 * amount && taken <= expected + 2 * amount, "\(taken) of \(expected)")
    }

    @Test("a line that is larger than the bucket passes and is paid for")
    func large() {
        var bucket = TokenBucket()
        bucket.take(10_000, perSecond: 1000, burstNanos: Self.second, nowNanos: 0)
        #expect(!bucket.hasCredit(8 * Self.second) && bucket.hasCredit(9 * Self.second + 1))
        #expect(bucket.halfFullNanos(burstNanos: Self.second) == 9 * Self.second + Self.second / 2 + 1)
    }

    @Test("nothing overflows", arguments: [Int64.min / 4, 0, .max / 2, .max])
    func extremes(_ now: Int64) {
        var bucket = TokenBucket()
        for amount in [0, 1, .max, .min, 1 << 32] {
            bucket.take(amount, perSecond: 1, burstNanos: 3600 * Self.second, nowNanos: now)
            bucket.take(amount, perSecond: 1 << 40, burstNanos: 1, nowNanos: now)
            _ = bucket.halfFullNanos(burstNanos: .max)
        }
        #expect(!bucket.hasCredit(min(now, 0)))
    }
}
