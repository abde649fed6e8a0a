import Foundation
import TestSupport
import Testing

@testable import StructuredLog

@Suite struct TimestampCacheTests {
    private func stamp(_ micros: [Int64]) -> [String] {
        var cache = TimestampCache()
        return micros.map { value in
            let bytes = Lines.collect(bytes: TimestampCache.byteCount) { cache.append(micros: value, to: &$0) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test func `known times are written in RFC 3339 with microseconds`() {
        #expect(stamp([0]) == ["1970-01-01T00:00:00.000000Z"])
        #expect(stamp([951_782_400_000_001]) == ["2000-02-29T00:00:00.000001Z"])
        #expect(stamp([1_787_315_696_123_456]) == ["2026-08-21T12:34:56.123456Z"])
        #expect(stamp([4_107_542_399_999_999]) == ["2100-02-28T23:59:59.999999Z"])
    }

    @Test func `times outside the calendar are clamped to the same length`() {
        #expect(
            stamp([.min, -1, .max]) == [
                "1970-01-01T00:00:00.000000Z", "1970-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z",
            ])
    }

    @Test func `random times agree with Foundation, and the cache notices every new second`() {
        var random = SeededGenerator.forTest(seed: 13)
        var micros: [Int64] = []
        for _ in 0..<500 {
            let base = Int64.random(in: 0...253_402_300_799_000_000, using: &random)
            micros += [base, base + 1, base + 999_999, base]
        }
        let formatter = ISO8601DateFormatter()
        for (value, text) in zip(micros, stamp(micros)) {
            let second = formatter.string(from: Date(timeIntervalSince1970: Double(value / 1_000_000)))
            let fraction = String(String(1_000_000 + value % 1_000_000).dropFirst())
            #expect(text == second.dropLast() + "." + fraction + "Z")
        }
    }
}
