import Synchronization
import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Native histograms")
struct NativeHistogramTests {
    private let registry = MetricsRegistry(prefix: "t", shards: 2)

    private func histogram(_ options: NativeHistogramOptions, buckets: [Double] = []) throws -> Histogram {
        try registry.histogram("h", help: "", buckets: buckets, native: options)
    }

    private func pairs(_ buckets: [NativeBucket]) -> [Int: UInt64] {
        Dictionary(uniqueKeysWithValues: buckets.map { (Int($0.index), $0.count) })
    }

    @Test("observations of all kinds are counted where they belong")
    func observations() throws {
        let histogram = try histogram(.init(schema: 0, zeroThreshold: 0.001))
        for value in [0, 0.001, -0.001, 1, 1.5, 2, 2.1, -3, -4, 1e-3.nextUp, .infinity, -.infinity] {
            histogram.observe(value, on: Shard(owned: 1))
        }
        let native = try #require(histogram.native)
        #expect(native.schema == 0)
        #expect(native.zeroCount == 3)
        #expect(native.count == 12)
        #expect(pairs(native.positive) == [-9: 1, 0: 1, 1: 2, 2: 1, 1025: 1])
        #expect(pairs(native.negative) == [2: 2, 1025: 1])
        #expect(native.sum.isNaN)
        #expect(histogram.count == 12)
    }

    @Test("where an observation will count is known beforehand")
    func lines() throws {
        let histogram = try histogram(.init())
        let shard = Shard(owned: 1)
        #expect(histogram.nativeLine(on: shard) == nil)
        for nanos: UInt64 in [1_000_000, 3_000_000, 1_000_000] { histogram.observe(nanos: nanos, on: shard) }
        let line = try #require(histogram.nativeLine(ofNanos: 1_000_000, on: shard))
        let (key, count) = line.loadUnaligned(as: (UInt64, UInt64).self)
        #expect(key == NativeStore.key(index: -79, isNegative: false))
        #expect(count == 2)
        #expect(histogram.nativeLine(ofNanos: 0, on: shard) != nil)
        #expect(histogram.nativeLine(on: .shared) == nil)
    }

    @Test("NaN is counted in no bucket and makes the sum NaN")
    func notANumber() throws {
        let histogram = try histogram(.init())
        histogram.observe(2)
        histogram.observe(.nan)
        let native = try #require(histogram.native)
        #expect(native.count == 2)
        #expect(native.positive == [NativeBucket(index: 8, count: 1)])
        #expect(native.sum.isNaN)
    }

    @Test("subnormal numbers have buckets when the zero bucket has no width")
    func subnormal() throws {
        let histogram = try histogram(.init(schema: 0, zeroThreshold: 0))
        for value in [Double.leastNonzeroMagnitude, 0, -0x1p-1073] { histogram.observe(value) }
        let native = try #require(histogram.native)
        #expect(native.zeroCount == 1)
        #expect(pairs(native.positive) == [-1074: 1])
        #expect(pairs(native.negative) == [-1073: 1])
    }

    @Test("shards are merged, and classic buckets count the same")
    func beside() throws {
        let histogram = try histogram(.init(schema: 2), buckets: [1, 10])
        for (number, shard) in [Shard.shared, Shard(owned: 1), Shard(owned: 2), Shard(owned: 9)].enumerated() {
            for _ in 0...number { histogram.observe(nanos: 5_000_000_000, on: shard) }
        }
        let native = try #require(histogram.native)
        #expect(native.count == 10 && native.sum == 50)
        #expect(native.positive == [NativeBucket(index: 10, count: 10)])
        #expect(histogram.count == 10 && histogram.sum == 50)
    }

    @Test("beyond the limit the zero bucket is widened first, then the resolution halved")
    func limits() throws {
        let histogram = try histogram(.init(schema: 1, maxBuckets: 4, maxZeroThreshold: 2))
        let own = Shard(owned: 1)
        for value in [1.0, -1, 4, 8] { histogram.observe(value, on: own) }
        #expect(histogram.native?.zeroThreshold == 0x1p-128)
        histogram.observe(16, on: own)
        var native = try #require(histogram.native)
        #expect(native.schema == 1 && native.zeroThreshold == 1 && native.zeroCount == 2)
        #expect(pairs(native.positive) == [4: 1, 6: 1, 8: 1])
        histogram.observe(32, on: own)
        histogram.observe(31, on: own)
        histogram.observe(7.9, on: own)
        #expect(histogram.native?.schema == 1)
        histogram.observe(-5, on: own)
        native = try #require(histogram.native)
        // Schema 0 has the buckets (2, 4], (4, 8], (8, 16], (16, 32] and one below zero; -1 merges them further.
        #expect(native.schema == -1 && native.zeroThreshold == 1)
        #expect(pairs(native.positive) == [1: 1, 2: 3, 3: 2])
        #expect(pairs(native.negative) == [2: 1])
        #expect(native.count == 9)
    }

    @Test("the coarsest schema may exceed the limit, and still takes everything")
    func coarsest() throws {
        let histogram = try histogram(.init(schema: 8, zeroThreshold: 0, maxBuckets: 1))
        var value = 1e300
        while value > 0 {
            histogram.observe(value)
            histogram.observe(-value)
            value /= 7
        }
        let native = try #require(histogram.native)
        #expect(native.schema == -4)
        #expect(native.positive.count > 100 && native.positive.count <= 135)
        #expect(native.count == 2 * native.positive.reduce(0) { $0 + $1.count })
    }

    @Test("a block is never larger than stated, whatever comes", arguments: [1, 160, 300, 1000])
    func memory(_ limit: Int) throws {
        var random = SeededGenerator.forTest()
        let options = NativeHistogramOptions(schema: 8, zeroThreshold: 0, maxBuckets: limit)
        let histogram = try histogram(options)
        for _ in 0..<5000 { histogram.observe(Double(bitPattern: random.next()), on: Shard(owned: 1)) }
        let cell = histogram.cells.base + (Int(Shard(owned: 1).offset) + Int(histogram.shape.nativeCell))
        let store = try #require(NativeStore(cell: cell.pointee.load(ordering: .relaxed)))
        #expect(NativePool.bytes(capacity: store.capacity) <= options.maxBytesPerShard)
        #expect(options.maxBytesPerShard == (limit <= 300 ? 8320 : 32_896))
        #expect(histogram.count == 5000)
        #expect(MetricsRegistry.histogramBytes >= NativePool.bytes(capacity: store.capacity))
    }

    @Test("a removed series' blocks come back empty for the next one")
    func reuse() throws {
        let time = SteppedClock()
        let registry = MetricsRegistry(prefix: "t", shards: 1, clock: { time.nanos })
        let family = try registry.histogram("h", help: "", labels: ["l"], buckets: [], native: .init())
        let first = family.bind(["a"])
        for number in 1...100 { first.observe(Double(number), on: Shard(owned: number % 2)) }
        family.remove(["a"])
        first.observe(1)
        #expect(first.native == nil && first.count == 0)
        time.advance(seconds: 120)
        let second = family.bind(["b"])
        #expect(second.native?.count == 0)
        second.observe(3, on: Shard(owned: 1))
        #expect(second.native?.count == 1 && second.native?.sum == 3)
    }

    @Test("after the time it may be reset at the limit, all shards at once")
    func reset() throws {
        let time = SteppedClock()
        let registry = MetricsRegistry(prefix: "t", shards: 1, clock: { time.nanos })
        let histogram = try registry.histogram(
            "h", help: "", buckets: [], native: .init(schema: 0, maxBuckets: 3, resetAfterSeconds: 10))
        for value in [1.0, 2, 4] {
            histogram.observe(value)
            histogram.observe(value, on: Shard(owned: 1))
        }
        time.advance(seconds: 11)
        histogram.observe(4)
        #expect(histogram.native?.count == 7)
        #expect(histogram.native?.resetMillis == nil)
        histogram.observe(8)
        var native = try #require(histogram.native)
        #expect(native.count == 1 && native.schema == 0 && native.epoch == 1)
        #expect(native.resetMillis != nil)
        histogram.observe(2, on: Shard(owned: 1))
        #expect(histogram.native?.count == 2)
        // Too early for another reset: the resolution is halved, and given back at the first reading after the time.
        for value in [16.0, 64] { histogram.observe(value) }
        #expect(histogram.native?.schema == -1)
        time.advance(seconds: 11)
        native = try #require(histogram.native)
        #expect(native.count == 4 && native.schema == -1)
        #expect(histogram.native?.count == 0 && histogram.native?.schema == 0)
    }

    @Test("the merged histogram keeps the limit too, and does not get finer again")
    func mergedLimit() throws {
        let histogram = try histogram(.init(schema: 0, maxBuckets: 4))
        for value in [1.0, 4, 16, 64] { histogram.observe(value, on: Shard(owned: 1)) }
        for value in [2.0, 8, 32, 128] { histogram.observe(value, on: Shard(owned: 2)) }
        let native = try #require(histogram.native)
        // Schema -1 would have the indices 0…4.
        #expect(native.schema == -2)
        #expect(pairs(native.positive) == [0: 1, 1: 4, 2: 3])
        #expect(native.count == 8)
        #expect(histogram.native?.schema == native.schema)
    }
}
