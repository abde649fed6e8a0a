import Exposition
import Locking
import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Room of removed series")
struct RoomTests {
    private let clock = TestClock()

    private func registry() -> MetricsRegistry {
        MetricsRegistry(prefix: "t", shards: 0, clock: { [clock] in clock.nanos })
    }

    private func isRefused(_ store: FamilyStore, _ values: [String], _ room: SeriesTable.Room = .own) -> Bool {
        LabelKey.key(of: values).withUnsafeBytes { key in
            store.table.isCertainlyRefused(key, hash: store.table.hash.hash(ofKey: key), room: room)
        }
    }

    @Test("while too many series are at rest, lookups are refused without the lock")
    func quarantine() throws {
        let family = try registry().counter("r_total", help: "", labels: ["a", "b"], limit: 10)
        family.bind(["stays", "b"]).increment()
        for number in 0..<1000 {
            family.bind(["\(number)", "b"]).increment()
            family.remove(["\(number)", "b"])
        }
        #expect(family.store.seriesCount < 10)
        #expect(isRefused(family.store, ["new", "b"]) && isRefused(family.store, ["new", "_other"], .overflow))
        #expect(!isRefused(family.store, ["stays", "b"]))
        for _ in 0..<4 {
            clock.advance(RecordQuarantine.longestStepNanos)
            #expect(!isRefused(family.store, ["new", "b"]))
            family.bind(["new", "b"]).increment()
        }
        #expect(family.bind(["new", "b"]).value == 1)
        #expect(!isRefused(family.store, ["newer", "b"]) && family.store.table.brokenInvariant == nil)
    }

    @Test("when the memory for label values is full, lookups of such long ones are refused without the lock")
    func arena() throws {
        let family = try registry().counter("r_total", help: "", labels: ["path"], limit: 1000)
        let filler = String(repeating: "x", count: 4000)
        for number in 0..<990 { family.bind(["\(number)\(filler)"]).increment() }
        #expect(family.store.seriesCount < 990)
        #expect(isRefused(family.store, ["new\(filler)"]) && !isRefused(family.store, ["new"]))
        #expect(!isRefused(family.store, ["0\(filler)"]))
        family.remove(["0\(filler)"])
        for _ in 0..<4 {
            #expect(isRefused(family.store, ["new\(filler)"]))
            clock.advance(RecordQuarantine.longestStepNanos)
            family.bind(["new\(filler)"]).increment()
        }
        #expect(family.bind(["new\(filler)"]).value == 1 && family.store.table.brokenInvariant == nil)
    }

    @Test("time in which the process stood still is no rest")
    func stopped() throws {
        let registry = registry()
        let family = try registry.counter("r_total", help: "", labels: ["a"], limit: 100)
        family.bind(["old"]).increment()
        family.remove(["old"])
        clock.advance(3600 * 1_000_000_000)
        _ = family.bind(["first"])
        #expect(family.store.table.state.withLock { $0.quarantine.count } == 1)
        for _ in 0..<3 {
            clock.advance(RecordQuarantine.longestStepNanos)
            _ = registry.render(.prometheusText004)
        }
        _ = family.bind(["second"])
        #expect(family.store.table.state.withLock { $0.quarantine.count } == 0)
        #expect(family.bind(["second"]).value == 0 && family.store.table.brokenInvariant == nil)
    }
}
