import Locking

/// Bounds each tenant's requests in flight. Shared by all loops and sharded by key, as `RateLimiter`; a tenant that
/// finds its set full of others' requests in flight shares the overflow of its shard, with the limit for all of them.
final class TenantConcurrency: Sendable {
    /// A counted request; to be released once.
    struct Place: Equatable {
        fileprivate var shard: UInt16
        fileprivate var slot: Int32

        /// Counted together with others.
        var isOverflow: Bool { slot == Int32(ConcurrencyTable.overflow) }
    }

    private final class Shard: Sendable {
        let table: Locked<ConcurrencyTable>
        init(sets: Int) { table = Locked(ConcurrencyTable(sets: sets)) }
    }

    private let shards: [Shard]
    private let shardMask: UInt64

    init(_ settings: LimitTableSettings = LimitTableSettings(keys: 16_384)) {
        let settings = settings.clamped()
        let sets = settings.keys / settings.shards / ConcurrencyTable.ways
        shards = (0..<settings.shards).map { _ in Shard(sets: sets) }
        shardMask = UInt64(settings.shards - 1)
    }

    /// Counts a request of the tenant; nil when it has `limit` in flight already.
    @inline(__always)
    func acquire(_ key: UInt64, limit: Int) -> Place? {
        let shard = Int(key &>> 48 & shardMask)
        guard let slot = shards[shard].table.withLock({ $0.acquire(key, limit: limit) }) else { return nil }
        return Place(shard: UInt16(truncatingIfNeeded: shard), slot: Int32(truncatingIfNeeded: slot))
    }

    func release(_ place: Place) {
        let shard = Int(place.shard)
        guard shards.indices.contains(shard) else { return }
        shards[shard].table.withLock { $0.release(Int(place.slot)) }
    }
}
