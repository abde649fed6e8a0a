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
    let context: StoreContext
    let boundedLabels = BoundedLabels()
    let state = Locked(State())
    let scrapes = ScrapeState()
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
    ///   - clock: decides when series are idle, and when cells of removed series may be used again
    ///   - wallClock: tells when series were made
    public init(
        prefix: String = "gateway", shards: Int, clock: @escaping MonotonicClock = MetricsRegistry.uptime,
        wallClock: @escaping WallClock = MetricsRegistry.systemTime
    ) {
        self.prefix = MetricName.isValid(prefix) ? prefix : "gateway"
        let refusals = Refusals()
        context = StoreContext(
            slabs: SlabAllocator(shards: shards), refusals: refusals, interned: InternTable(refusals: refusals),
            clock: clock, wallClock: wallClock)
        self.shards = context.slabs.shards
        registerOwnMetrics()
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

    /// Makes the family or, if the very same was declared before, gives that one.
    func declare(_ descriptor: FamilyDescriptor) throws(MetricError) -> FamilyStore {
        try descriptor.validate()
        return try state.withLock { state throws(MetricError) -> FamilyStore in
            if case .stored(let store)? = state.entries[descriptor.name], store.descriptor == descriptor {
                return store
            }
            try MetricsRegistry.claim(descriptor, in: &state)
            let store = FamilyStore(descriptor, context: context)
            state.add(store)
            state.entries[descriptor.name] = .stored(store)
            return store
        }
    }

    /// Declares families whose values `collect` gives at each scrape, one list a family in the same order.
    func declare(
        _ descriptors: [FamilyDescriptor], collect: @escaping @Sendable () -> [[CallbackSample]]
    ) throws(MetricError) {
        for descriptor in descriptors { try descriptor.validate() }
        let group = CallbackGroup(descriptors, collect: collect)
        try state.withLock { state throws(MetricError) in
            var next = state
            for (position, descriptor) in descriptors.enumerated() {
                try MetricsRegistry.claim(descriptor, in: &next)
                next.entries[descriptor.name] = .called(group, position: position)
            }
            next.groups.append(group)
            state = next
        }
    }

    /// Makes a family beside others of the same name that have other label names; all else must be the same.
    ///
    /// They are exposed as one family. Only names that were declared this way first can have several.
    func declare(variant descriptor: FamilyDescriptor) throws(MetricError) -> FamilyStore {
        try descriptor.validate()
        return try state.withLock { state throws(MetricError) -> FamilyStore in
            let siblings = state.variants[descriptor.name] ?? []
            if let known = siblings.first(where: { $0.descriptor == descriptor }) { return known }
            if case .stored(let store)? = state.entries[descriptor.name], store.descriptor == descriptor {
                return store
            }
            if let first = siblings.first {
                guard first.descriptor.differsOnlyInLabels(from: descriptor) else {
                    throw MetricError(.duplicateName, family: descriptor.name, detail: descriptor.name)
                }
            } else {
                try MetricsRegistry.claim(descriptor, in: &state)
            }
            let store = FamilyStore(descriptor, context: context)
            state.add(store)
            if siblings.isEmpty { state.entries[descriptor.name] = .stored(store) }
            state.variants[descriptor.name, default: []].append(store)
            return store
        }
    }

    private static func claim(_ descriptor: FamilyDescriptor, in state: inout State) throws(MetricError) {
        for name in descriptor.claimedNames {
            if let owner = state.claims[name] {
                throw MetricError(.duplicateName, family: descriptor.name, detail: owner)
            }
        }
        for name in descriptor.claimedNames { state.claims[name] = descriptor.name }
    }
}
