import Exposition
import Locking
import Synchronization

/// The metrics of one program: declarations, their children, and the text a scrape gets.
///
/// A registry lives as long as the program; children are addresses into it (``Instrument``).
public final class MetricsRegistry: Sendable {
    enum Entry {
        case stored(FamilyStore)
        case called(CallbackGroup, position: Int)
    }

    struct State {
        var entries: [String: Entry] = [:] { didSet { declarations += 1 } }
        /// Every name a sample or its metadata uses, and the family it belongs to.
        var claims: [String: String] = [:]
        /// The names that are the registry's own.
        var reserved: Set<String> = []
        var groups: [CallbackGroup] = [] { didSet { declarations += 1 } }
        /// All stores of the names whose label names vary, the first also in `entries`.
        var variants: [String: [FamilyStore]] = [:] { didSet { declarations += 1 } }
        /// All families that hold children.
        private(set) var stores: [FamilyStore] = []
        /// Those whose idle series are removed.
        private(set) var expiring: [FamilyStore] = []
        /// Changes with each declaration.
        private(set) var declarations = 0

        mutating func add(_ store: FamilyStore) {
            stores.append(store)
            if store.descriptor.idleExpiryNanos != nil { expiring.append(store) }
        }
    }

    /// What the names of the registry's own metrics start with.
    public let prefix: String
    /// Owned shards.
    public let shards: Int
    /// True when names may be any text that is not empty.
    public let allowsUTF8Names: Bool
    let context: StoreContext
    let boundedLabels = BoundedLabels()
    let state = Locked(State())
    let scrapes = ScrapeState()
    let own = Locked<OwnMetrics?>(nil)
    /// When the last sweep began, by the registry's clock.
    let sweptNanos = Atomic<UInt64>(0)

    var slabs: SlabAllocator { context.slabs }
    var refusals: Refusals { context.refusals }
    var clock: MonotonicClock { context.clock }

    /// Makes a registry.
    ///
    /// - Parameters:
    ///   - prefix: of the registry's own metrics, for instance `gateway` for `gateway_metrics_series`
    ///   - shards: how many threads write cells of their own, as ``Shard/init(owned:)`` 1…shards; at most 1,024
    ///   - threadShards: for how many threads at once ``Shard/current`` means cells of their own; at most 1,024
    ///   - allowsUTF8Names: accept names that break the legacy rule `[a-zA-Z_:][a-zA-Z0-9_:]*`, for instance with dots;
    ///     scrapers that don't know them get them escaped
    ///   - clock: decides when series are idle, and when cells of removed series may be used again
    ///   - wallClock: tells when series were made
    public init(
        prefix: String = "gateway", shards: Int, threadShards: Int = 0, allowsUTF8Names: Bool = false,
        clock: @escaping MonotonicClock = MetricsRegistry.uptime,
        wallClock: @escaping WallMillisClock = MetricsRegistry.systemTime
    ) {
        self.prefix = MetricName.isValid(prefix) ? prefix : "gateway"
        self.allowsUTF8Names = allowsUTF8Names
        let refusals = Refusals()
        context = StoreContext(
            slabs: SlabAllocator(shards: shards, threads: threadShards), refusals: refusals,
            interned: InternTable(refusals: refusals),
            clock: clock, wallClock: wallClock)
        self.shards = context.slabs.shards
        registerOwnMetrics()
        state.withLock { $0.reserved = Set($0.claims.keys) }
    }

    /// Nanoseconds since this clock was first looked at.
    public static let uptime: MonotonicClock = {
        let now = ContinuousClock().now
        let elapsed = start.duration(to: now).components
        return UInt64(max(elapsed.seconds, 0)) &* 1_000_000_000 &+ UInt64(max(elapsed.attoseconds, 0) / 1_000_000_000)
    }
    private static let start = ContinuousClock().now

    /// Bytes of all cells.
    public var cellBytes: Int { slabs.byteCount }
}
