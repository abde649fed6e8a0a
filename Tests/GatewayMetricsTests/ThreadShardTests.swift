import Foundation
import Locking
import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Shards of threads", .serialized)
struct ThreadShardTests {
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

    @Test("a thread keeps its shard, and no two threads at once have the same")
    func distinct() {
        let seen = Locked<[Int32]>([])
        let barrier = Locked(0)
        onThreads(6) { _ in
            let mine = Shard.current
            #expect(mine == Shard.current)
            seen.withLock { $0.append(mine.region) }
            barrier.withLock { $0 += 1 }
            // All are alive until all have a number.
            while barrier.withLock({ $0 }) < 6 { sched_yield() }
        }
        let regions = seen.withLock { $0 }
        #expect(Set(regions).count == 6)
        #expect(regions.allSatisfy { $0 < 0 })
    }

    @Test(
        "counts on threads' shards, owned shards and the shared one add up, and none is lost when threads come and go")
    func counting() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 2, threadShards: 3)
        let counter = try registry.counter("a_total", help: "")
        let histogram = try registry.histogram("h", help: "", buckets: [1], native: .init())
        for _ in 0..<5 {
            onThreads(4) { number in
                for step in 0..<2000 {
                    counter.increment(on: .current)
                    histogram.observe(Double(step % 50) + 0.5, on: .current)
                    if number < 2 {
                        counter.increment(on: Shard(owned: number + 1))
                        histogram.observe(0.5, on: Shard(owned: number + 1))
                    }
                }
            }
        }
        #expect(counter.value == 60_000)
        #expect(histogram.count == 60_000)
        #expect(histogram.native?.count == 60_000)
    }

    @Test("a registry without shards for threads takes the shared one")
    func fallback() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 1)
        let counter = try registry.counter("a_total", help: "")
        onThreads(3) { _ in
            for _ in 0..<1000 { counter.increment(on: .current) }
        }
        counter.increment(on: Shard(owned: 7))
        counter.increment(on: Shard(owned: -1))
        #expect(counter.value == 3002)
    }
}
