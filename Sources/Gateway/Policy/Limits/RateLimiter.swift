import Locking

/// Rate limits of tenants and client addresses, shared by all loops: a tenant's requests come over many connections,
/// and its limit is one. Sharded by key, each shard behind a lock of its own that is held for one set of eight
/// entries; 25 to 70 ns a decision when nobody else wants the shard (1 MiB table). Never grows.
final class RateLimiter: Sendable {
    private final class Shard: Sendable {
        let table: Locked<RateTable>
        init(sets: Int) { table = Locked(RateTable(sets: sets)) }
    }

    private let shards: [Shard]
    private let shardMask: UInt64

    init(_ settings: LimitTableSettings = LimitTableSettings()) {
        let settings = settings.clamped()
        let sets = settings.keys / settings.shards / RateTable.ways
        shards = (0..<settings.shards).map { _ in Shard(sets: sets) }
        shardMask = UInt64(settings.shards - 1)
    }

    /// Takes `cost` requests from the key's bucket, if they are there. The key is a `LimitKeyHash` of what is limited.
    @inline(__always)
    func decide(_ key: UInt64, _ rule: RateRule, cost: Int = 1, now: Int64) -> RateDecision {
        // The table looks at the lower bits.
        shards[Int(key &>> 48 & shardMask)].table.withLock { $0.decide(key, rule, cost: cost, now: now) }
    }

    /// Requests that found no place but one in use; a metric that says that the table is too small.
    var forgotten: Int { shards.reduce(0) { $0 &+ $1.table.withLock { $0.forgotten } } }
}
