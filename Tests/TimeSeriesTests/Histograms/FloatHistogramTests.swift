import Exposition
import TestSupport
import Testing
import TimeSeries

@Suite struct FloatHistogramTests {
    /// A random histogram whose count is that of its buckets.
    static func random(_ generator: inout SeededGenerator, schema: Int32? = nil) -> FloatHistogram {
        func buckets(_ most: Int) -> [FloatHistogram.IndexedCount] {
            var index = Int32.random(in: -20...20, using: &generator)
            return (0..<Int.random(in: 0...most, using: &generator)).map { _ in
                index += Int32.random(in: 1...4, using: &generator)
                return .init(index: index, count: Double(Int.random(in: 0...9, using: &generator)))
            }
        }
        let thresholds = [0, 0x1p-128, 0.001, 0.5, 1, 3]
        var histogram = FloatHistogram(
            schema: schema ?? Int32.random(in: FloatHistogram.standardSchemas, using: &generator),
            zeroThreshold: thresholds.randomElement(using: &generator) ?? 0,
            zeroCount: Double(Int.random(in: 0...5, using: &generator)), positive: buckets(12), negative: buckets(6))
        histogram.count = total(histogram)
        histogram.sum = Double(Int.random(in: -50...50, using: &generator))
        return histogram
    }

    static func total(_ histogram: FloatHistogram) -> Double {
        (0..<histogram.bucketCount).reduce(0) { $0 + histogram.count(at: $1) }
    }

    @Test func `bounds are powers of two and their roots, and end at the largest number`() {
        #expect(FloatHistogram.upperBound(0, schema: 0) == 1)
        #expect(FloatHistogram.upperBound(-3, schema: 0) == 0.125)
        #expect(FloatHistogram.upperBound(2, schema: -4) == 0x1p32)
        #expect(FloatHistogram.upperBound(1, schema: 1) == 1.414213562373095)
        #expect(FloatHistogram.upperBound(5, schema: 3) == 1.5422108254079407)
        #expect(FloatHistogram.upperBound(255, schema: 8) == 1.9945921121709396)
        for schema in FloatHistogram.standardSchemas {
            let last = schema >= 0 ? 1024 << Int(schema) : 1024 >> Int(-schema)
            #expect(FloatHistogram.upperBound(last, schema: schema) == .greatestFiniteMagnitude)
            #expect(FloatHistogram.upperBound(last + 1, schema: schema) == .infinity)
            #expect(FloatHistogram.upperBound(.max, schema: schema) == .infinity)
            #expect(FloatHistogram.upperBound(.min, schema: schema) == 0)
        }
    }

    @Test func `a sum loses no observation, whatever the two layouts are`() throws {
        var generator = SeededGenerator(seed: 31)
        for _ in 0..<2000 {
            let (left, right) = (Self.random(&generator), Self.random(&generator))
            var sum = left
            try sum.add(right)
            #expect(sum.count == left.count + right.count && sum.sum == left.sum + right.sum)
            #expect(Self.total(sum) == sum.count)
            #expect(sum.schema == min(left.schema, right.schema))
            #expect(sum.zeroThreshold >= max(left.zeroThreshold, right.zeroThreshold))
            #expect(zip(sum.positive, sum.positive.dropFirst()).allSatisfy { $0.index < $1.index })
            var other = right
            try other.add(left)
            #expect(other.compacted == sum.compacted)
            var compensated = CompensatedHistogram(left)
            _ = try compensated.add(right)
            #expect(compensated.result.compacted == sum.compacted)
            // Taking away what was added leaves the first, in the coarser layout.
            try sum.subtract(right)
            #expect(sum.count == left.count && Self.total(sum) == left.count)
        }
    }

    @Test func `buckets merge upwards into those of a coarser schema`() {
        var histogram = FloatHistogram(
            schema: 1, count: 10, positive: (-3...4).map { .init(index: $0, count: 1) })
        histogram.reduceResolution(to: 0)
        #expect(histogram.positive.map(\.index) == [-1, 0, 1, 2])
        #expect(histogram.positive.map(\.count) == [2, 2, 2, 2])
        histogram.reduceResolution(to: 3)
        #expect(histogram.schema == 0)
    }

    @Test func `a zero bucket grows to the border of a bucket that it would cut`() throws {
        var wide = FloatHistogram(zeroThreshold: 0.6, zeroCount: 1, count: 1)
        let narrow = FloatHistogram(
            zeroThreshold: 0.1, zeroCount: 2, count: 9,
            positive: [.init(index: 0, count: 3), .init(index: 1, count: 4)])
        try wide.add(narrow)
        #expect(wide.zeroThreshold == 1)
        #expect(wide.zeroCount == 6)
        #expect(wide.positive == [.init(index: 1, count: 4)])
    }

    @Test func `custom bounds are reduced to those in common, and never mix with a standard schema`() throws {
        func custom(_ bounds: [Double], _ counts: [Double]) -> FloatHistogram {
            FloatHistogram(
                schema: FloatHistogram.customSchema, count: counts.reduce(0, +),
                positive: counts.enumerated().map { .init(index: Int32($0), count: $1) }, customBounds: bounds)
        }
        var sum = custom([1, 2, 3], [1, 2, 3, 4])
        let notes = try sum.add(custom([2, 5], [10, 20, 30]))
        #expect(notes.boundsWereReconciled)
        #expect(sum.customBounds == [2])
        #expect(sum.positive.map(\.count) == [13, 57])
        #expect(throws: IncompatibleHistograms()) { try sum.add(FloatHistogram()) }
    }

    @Test func `a reset is a fall of any bucket, unless the hint knows better`() throws {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<500 {
            let before = Self.random(&generator, schema: 2)
            var after = before
            try after.add(Self.random(&generator, schema: 2))
            if after.zeroThreshold == before.zeroThreshold { #expect(!after.wasReset(since: before)) }
            if before.count > 0 { #expect(FloatHistogram(schema: 2).wasReset(since: before)) }
            var known = FloatHistogram(schema: 2)
            known.hint = .notReset
            #expect(!known.wasReset(since: before))
        }
        let before = FloatHistogram(count: 3, positive: [.init(index: 1, count: 2), .init(index: 2, count: 1)])
        #expect(FloatHistogram(count: 9, positive: [.init(index: 1, count: 9)]).wasReset(since: before))
        #expect(FloatHistogram(schema: 1, count: 9).wasReset(since: before))
        var coarser = before
        coarser.reduceResolution(to: -1)
        #expect(!coarser.wasReset(since: before))
    }

    @Test func `hints of a sum say what both say, and tell of a contradiction`() throws {
        typealias Hint = FloatHistogram.CounterResetHint
        func sum(_ one: Hint, _ other: Hint) throws -> (Hint, Bool) {
            var left = FloatHistogram(hint: one)
            let notes = try left.add(FloatHistogram(hint: other))
            return (left.hint, notes.hintsConflict)
        }
        #expect(try sum(.notReset, .notReset) == (.notReset, false))
        #expect(try sum(.reset, .gauge) == (.gauge, false))
        #expect(try sum(.unknown, .notReset) == (.unknown, false))
        #expect(try sum(.reset, .notReset) == (.unknown, true))
    }

    @Test func `numbers that came with a hostile layout are not believed`() {
        func exposed(_ spans: [(Int32, UInt32)], _ counts: [Double], schema: Int32 = 0) -> FloatHistogram? {
            FloatHistogram(
                .init(
                    schema: schema, positiveSpans: spans.map { .init(offset: $0.0, length: $0.1) },
                    positiveCounts: counts))
        }
        #expect(exposed([(-2, 2), (3, 1)], [1, 2, 3])?.positive.map(\.index) == [-2, -1, 3])
        #expect(exposed([(0, 0)], [])?.positive.isEmpty == true)
        #expect(exposed([(0, 2)], [1]) == nil)
        #expect(exposed([(0, 1)], [1, 2]) == nil)
        #expect(exposed([(0, .max)], [1]) == nil)
        #expect(exposed([(.max, 1)], [1]) == nil)
        #expect(exposed([(0, 1), (-1, 1)], [1, 2]) == nil)
        #expect(exposed([(0, 1), (.max, 1), (.max, 1)], [1, 2, 3]) == nil)
        #expect(exposed([], [], schema: 9) == nil)
        #expect(exposed([], [], schema: -53)?.usesCustomBounds == true)
        #expect(exposed([(1, 1)], [1], schema: -53) == nil)
        #expect(FloatHistogram(.init(zeroThreshold: .nan)) == nil)
        #expect(FloatHistogram(.init(schema: -53, customBounds: [2, 2])) == nil)
    }
}
