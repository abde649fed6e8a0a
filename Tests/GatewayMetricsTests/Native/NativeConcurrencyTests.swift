import Foundation
import Locking
import Synchronization
import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Native histograms and threads")
struct NativeConcurrencyTests {
    private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        let group = DispatchGroup()
        for number in 0..<count {
            group.enter()
            let thread = Thread {
                body(number)
                group.leave()
            }
            thread.start()
        }
        group.wait()
    }

    private static let perThread = 20_000

    /// Two threads on owned shards and two on the shared one observe ever wider values; the last one reads.
    private func run(_ histogram: Histogram, _ read: @escaping @Sendable (NativeSnapshot) -> Void) {
        let running = Atomic<Int>(4)
        onThreads(5) { number in
            if number == 4 {
                var snapshot = NativeSnapshot()
                while running.load(ordering: .acquiring) > 0 {
                    guard histogram.cells.readNative(histogram.shape, into: &snapshot) else { break }
                    read(snapshot)
                }
                return
            }
            var random = SeededGenerator(seed: UInt64(number))
            let shard = number < 2 ? Shard(owned: number + 1) : .shared
            for step in 0..<Self.perThread {
                let width = 1 + step / 500
                let value = Double(
                    sign: .plus, exponent: random.int(-width...width), significand: .random(in: 1..<2, using: &random))
                histogram.observe(random.oneIn(4) ? -value : value, on: shard)
            }
            running.subtract(1, ordering: .releasing)
        }
    }

    @Test("no observation is lost, and every snapshot adds up and goes on from the one before")
    func exact() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 2)
        let histogram = try registry.histogram(
            "h", help: "", buckets: [0.5, 1],
            native: .init(schema: 6, maxBuckets: 100, maxZeroThreshold: 0x1p-20))
        let last = Locked(NativeSnapshot())
        run(histogram) { next in
            last.withLock { last in
                let inBuckets = (next.positive + next.negative).reduce(next.zeroCount) { $0 + $1.count }
                #expect(next.count == inBuckets)
                #expect(next.count >= last.count && next.zeroCount >= last.zeroCount)
                if last.count > 0 {
                    #expect(next.schema <= last.schema && next.zeroThreshold >= last.zeroThreshold)
                }
                #expect(next.positive.count + next.negative.count <= 100)
                last = next
            }
        }
        let native = try #require(histogram.native)
        #expect(native.count == UInt64(4 * Self.perThread))
        #expect(histogram.count == native.count)
        #expect(native.schema < 2)
        #expect(native.zeroThreshold == 0x1p-20 || native.zeroThreshold > 0x1p-30)
    }

    @Test("resets come through to all shards, and no count falls within an epoch")
    func resets() throws {
        let time = SteppedClock()
        let registry = MetricsRegistry(prefix: "t", shards: 2, clock: { time.nanos })
        let histogram = try registry.histogram(
            "h", help: "", buckets: [], native: .init(schema: 3, maxBuckets: 30, resetAfterSeconds: 1))
        let last = Locked(NativeSnapshot())
        run(histogram) { next in
            last.withLock { last in
                #expect(Int32(bitPattern: next.epoch &- last.epoch) >= 0)
                if next.epoch == last.epoch, last.count > 0 {
                    #expect(next.count >= last.count && next.schema <= last.schema)
                }
                last = next
            }
            if next.count > 1000 { time.advance(seconds: 1) }
        }
        let native = try #require(histogram.native)
        #expect(native.epoch > 0)
        #expect(native.count <= UInt64(4 * Self.perThread))
    }

    @Test("exemplars are whole, whoever writes and reads them")
    func exemplars() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 2)
        let family = try registry.histogram(
            "h", help: "", labels: ["l"], buckets: [1, 2], native: .init(), exemplars: true)
        let shape = family.store.shape
        let running = Atomic<Int>(3)
        onThreads(4) { number in
            let histogram = family.bind(["x"])
            if number == 3 {
                while running.load(ordering: .acquiring) > 0 {
                    for slot in 0..<shape.nativeExemplarSlots.upperBound {
                        guard let kept = histogram.cells.exemplar(at: slot, shape) else { continue }
                        kept.forEachLabel { name, value in
                            guard name.count == 8 else { return }
                            let digit = UInt8(ascii: "0") + UInt8(kept.value)
                            #expect(value.last == digit)
                        }
                    }
                }
                return
            }
            for step in 0..<3000 {
                let value = step % 4
                let exemplar = Exemplar(traceID: (UInt64(number), UInt64(value)), spanID: 1)
                histogram.observe(Double(value), on: Shard(owned: number), exemplar: exemplar)
            }
            running.subtract(1, ordering: .releasing)
        }
        #expect(family.bind(["x"]).count == 9000)
    }

    @Test("series with native histograms come and go beside their readers")
    func churn() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 3)
        let family = try registry.histogram("h", help: "", labels: ["l"], buckets: [], native: .init(), limit: 50)
        onThreads(4) { number in
            var random = SeededGenerator(seed: UInt64(number))
            var snapshot = NativeSnapshot()
            for step in 0..<2000 {
                let label = "v\(random.int(0...60))"
                let child = family.bind([label])
                if number == 3 {
                    if child.cells.readNative(family.store.shape, into: &snapshot) {
                        let buckets = snapshot.positive.reduce(snapshot.zeroCount) { $0 + $1.count }
                        #expect(snapshot.count == buckets)
                    }
                } else {
                    child.observe(Double(step), on: Shard(owned: number + 1))
                    if random.oneIn(10) { family.remove([label]) }
                }
            }
        }
    }
}
