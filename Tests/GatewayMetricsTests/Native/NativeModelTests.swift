import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Native histograms against a model")
struct NativeModelTests {
    private func options(_ random: inout SeededGenerator, resets: Bool) -> NativeHistogramOptions {
        NativeHistogramOptions(
            schema: random.int(-4...8), zeroThreshold: [0, 0x1p-128, 0.001, 1][random.int(0...3)],
            maxBuckets: [1, 2, 5, 20, 160, 1000][random.int(0...5)],
            maxZeroThreshold: [0, 0.01, 3, 1e300][random.int(0...3)],
            resetAfterSeconds: resets && random.oneIn(2) ? Double(random.int(1...20)) : nil)
    }

    /// Values of one of several habits: a narrow range, many octaves, or anything at all.
    private func value(_ random: inout SeededGenerator, habit: Int) -> Double {
        let sign: Double = random.oneIn(3) ? -1 : 1
        switch habit {
        case 0:
            return sign * Double(random.int(1...3000)) / 1000
        case 1:
            return sign
                * Double(sign: .plus, exponent: random.int(-30...30), significand: .random(in: 1..<2, using: &random))
        case 2:
            return Double(bitPattern: random.next())
        default:
            let special: [Double] = [0, -0.0, 1, 2, 0.5, .infinity, -.infinity, .leastNonzeroMagnitude, 1e308, .nan]
            return random.oneIn(4) ? special[random.int(0...9)] : Double(random.int(1...100))
        }
    }

    @Test("one writer: form and counts are those of the rules, whatever comes")
    func oneWriter() throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<150 {
            let time = SteppedClock()
            let registry = MetricsRegistry(prefix: "t", shards: 1, clock: { time.nanos })
            let options = options(&random, resets: true)
            let histogram = try registry.histogram("h", help: "", buckets: [], native: options)
            var model = NativeModel(options, now: 0)
            let shard = random.oneIn(2) ? Shard.shared : Shard(owned: 1)
            let habit = random.int(0...3)
            var now = 0.0
            for _ in 0..<random.int(1...400) {
                if random.oneIn(50) {
                    time.advance(seconds: 1)
                    now += 1
                }
                let value = value(&random, habit: habit)
                histogram.observe(value, on: shard)
                model.observe(value, now: now)
            }
            let native = try #require(histogram.native)
            #expect(Int(native.schema) == model.schema)
            #expect(native.zeroThreshold == model.zeroThreshold)
            #expect(native.zeroCount == model.zeroCount)
            #expect(native.count == model.count)
            #expect(buckets(native) == model.buckets)
        }
    }

    private func buckets(_ native: NativeSnapshot) -> [NativeModel.Key: UInt64] {
        var result: [NativeModel.Key: UInt64] = [:]
        for (buckets, isNegative) in [(native.positive, false), (native.negative, true)] {
            #expect(zip(buckets, buckets.dropFirst()).allSatisfy { $0.index < $1.index })
            for bucket in buckets {
                result[NativeModel.Key(index: Int(bucket.index), isNegative: isNegative)] = bucket.count
            }
        }
        return result
    }

    @Test("several writers: every observation stands in its place of the merged form, which only gets coarser")
    func merged() throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<80 {
            let registry = MetricsRegistry(prefix: "t", shards: 3)
            let options = options(&random, resets: false)
            let histogram = try registry.histogram("h", help: "", buckets: [], native: options)
            var observed: [Double] = []
            var last = try #require(histogram.native)
            let habits = (0...3).map { _ in random.int(0...3) }
            for _ in 0..<random.int(1...6) {
                for _ in 0..<random.int(1...150) {
                    let shard = random.int(0...3)
                    let value = value(&random, habit: habits[shard])
                    observed.append(value)
                    histogram.observe(value, on: shard == 0 ? .shared : Shard(owned: shard))
                }
                let native = try #require(histogram.native)
                check(native, observed, options)
                #expect(native.schema <= last.schema && native.zeroThreshold >= last.zeroThreshold)
                #expect(native.zeroCount >= last.zeroCount)
                last = native
            }
        }
    }

    private func check(_ native: NativeSnapshot, _ observed: [Double], _ options: NativeHistogramOptions) {
        var expected: [NativeModel.Key: UInt64] = [:]
        var zeros: UInt64 = 0
        for value in observed where !value.isNaN {
            if value.magnitude <= native.zeroThreshold {
                zeros += 1
            } else {
                let index = ExponentialScale.shared.index(of: value, shift: 8 - Int(native.schema))
                expected[NativeModel.Key(index: index, isNegative: value < 0), default: 0] += 1
            }
        }
        #expect(native.count == UInt64(observed.count))
        #expect(native.zeroCount == zeros)
        #expect(buckets(native) == expected)
        #expect(expected.count <= options.maxBuckets || native.schema == -4)
        let sum = observed.reduce(0, +)
        #expect(native.sum.isNaN == sum.isNaN || !sum.isFinite || !native.sum.isFinite)
    }
}
