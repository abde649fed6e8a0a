import GatewayMetrics
import Locking
import StructuredLog

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Takes clients' requests to the cells and the answers back.
///
/// One listener, upstream pool, metric shard and log ring for each event loop: in the steady state the loops share
/// nothing that is written. The registry needs `settings.loops` shards and the sink as many rings.
public final class DataPlane: Sendable {
    private struct State {
        var cells: [CellState] = []
        /// With the index of the loop.
        var listeners: [(loop: Int, socket: LoopConfined<ListenSocket>)] = []
        var isDraining = false
        var quotas: Quotas
        /// Of the TLS listener, once it listens.
        var tlsAddress: InternetAddress?
    }

    /// Those it was started with; what can change is the loops'.
    private let settings: DataPlaneSettings
    private let metrics: GatewayMetricSet
    /// Which tenants have series of their own.
    var tenantLabel: BoundedLabel { labels.label }
    private let labels: TenantLabels
    private let loops: [LoopConfined<PlaneLoop>]
    private let io: [IOLoop]
    private let state: Locked<State>
    private let checker: LoopConfined<HealthChecker>
    private let resolver: NameResolver
    private let inherited: InheritedSockets
    private let names: Locked<TimerHandle?> = Locked(nil)

    /// How often names of upstreams are looked up.
    private static let lookUpNanos: Int64 = 10_000_000_000

    /// Starts `settings.loops` event loops (at least one); nothing listens before ``start()``.
    ///
    /// Throws when a family of `metrics` lacks the label `tenant`, or when the system has no more threads or descriptors.
    public convenience init(
        settings: DataPlaneSettings, metrics: GatewayMetricSet, accessLog: LogSink, local: LocalHandler
    ) throws {
        try self.init(
            settings: settings, metrics: metrics, accessLog: accessLog, local: local,
            inherited: InheritedSockets(environment: [:]))
    }

    init(
        settings: DataPlaneSettings, metrics: GatewayMetricSet, accessLog: LogSink, local: LocalHandler,
        inherited: InheritedSockets, events: @escaping @Sendable (UpstreamEvent) -> Void = { _ in }
    ) throws {
        let journal = UpstreamJournal(metrics, tell: events)
        self.inherited = inherited
        self.settings = settings
        self.metrics = metrics
        var io: [IOLoop] = []
        for _ in 0..<max(1, settings.loops) { io.append(try IOLoop()) }
        let used = io
        self.io = used
        let labels = try TenantLabels(settings.tenants, metrics: metrics)
        self.labels = labels
        let quotas = Quotas(settings.quotas)
        state = Locked(State(quotas: quotas))
        let budget = ConnectionBudget(limit: settings.maxConnections)
        let leases = SeriesLeases(metrics)
        let made = io.enumerated().map { index, io in
            let telemetry = LoopTelemetry(
                index: index + 1, metrics: metrics, log: accessLog, labels: labels, leases: leases)
            let loop = PlaneLoop(
                io: io, index: index, settings: settings, quotas: quotas, local: local, telemetry: telemetry,
                journal: journal, connectionBudget: budget,
                listenerMeters: ListenerMeters("data", metrics: metrics, shard: telemetry.shard))
            return LoopConfined(loop, io)
        }
        loops = made
        checker = LoopConfined(HealthChecker(io: io[0], journal: journal), io[0])
        resolver = NameResolver(journal) {
            for (loop, io) in zip(made, used) { io.execute { loop.value.namesResolved() } }
        }
    }

    /// Binds the listeners and starts serving; returns the address, whose port the kernel chose if it was 0.
    ///
    /// Blocks until it listens; not to be called on an event loop. Throws what binding threw.
    public func start() throws -> SocketEndpoint {
        for (index, loop) in loops.enumerated() {
            let checker = index == 0 ? checker : nil
            io[index].execute { loop.value.startTicks { now in checker?.value.tick(now: now) } }
        }
        let address = try listen(settings.listen, isSecure: false)
        lookUpNames()
        return SocketEndpoint(host: settings.listen.host, port: address.port)
    }

    /// Opens the TLS listener, which ``apply(settings:tls:)`` has given a context; returns its address.
    func startTLS(_ endpoint: SocketEndpoint) throws -> SocketEndpoint {
        let address = try listen(endpoint, isSecure: true)
        state.withLock { $0.tlsAddress = address }
        return SocketEndpoint(host: endpoint.host, port: address.port)
    }

    /// Where TLS is served; nil where it is not.
    var tlsPort: Int? { state.withLock { $0.tlsAddress?.port } }

    private func listen(_ endpoint: SocketEndpoint, isSecure: Bool) throws -> InternetAddress {
        let address = try Self.resolve(endpoint)
        let bound = try ListenSocket.open(address, loops: loops.count, inherited: inherited.socket(at: address))
        let actual: InternetAddress
        do {
            actual = try ListenSocket.address(of: bound[0])
        } catch {
            for descriptor in bound { close(descriptor) }
            throw error
        }
        try listen(bound, isSecure: isSecure)
        return actual
    }

    /// One descriptor for each loop. Those that could not be taken are closed.
    private func listen(_ descriptors: [Int32], isSecure: Bool) throws {
        var taken = 0
        defer { for descriptor in descriptors[taken...] { close(descriptor) } }
        for (index, descriptor) in descriptors.enumerated() {
            let loop = loops[index]
            let io = io[index]
            let outcome: Result<LoopConfined<ListenSocket>, SystemFault>? = io.wait {
                Result { () throws(SystemFault) in
                    LoopConfined(
                        try ListenSocket(loop: io, descriptor: descriptor) {
                            loop.value.accept($0, $1, isSecure: isSecure)
                        }, io)
                }
            }
            guard let outcome else { throw SystemFault("event loop", ECANCELED) }
            let listener = try outcome.get()
            state.withLock { $0.listeners.append((index, listener)) }
            taken += 1
        }
    }

    static func resolve(_ endpoint: SocketEndpoint) throws -> InternetAddress {
        let found = try InternetAddress.resolve(endpoint.host, port: endpoint.port).get()
        guard let first = found.first else { throw ResolveFault(host: endpoint.host, reason: "no address") }
        return first
    }

    /// Names are looked up again and again, for as long as the data plane lives.
    private func lookUpNames() {
        resolver.lookUp(state.withLock { $0.cells }.flatMap(\.upstreams))
        let next = io[0].schedule(afterNanos: Self.lookUpNanos) { [weak self] in self?.lookUpNames() }
        names.withLock { $0 = next }
    }

    /// Replaces the cells. Requests in flight end where they began; upstreams that stay keep their connections and
    /// what is known of their health. Any thread.
    ///
    /// - Returns: what is wrong with cells that cannot be taken, one line each: their certificates. A cell that was
    ///   there before stays as it was.
    @discardableResult
    public func apply(cells definitions: [CellDefinition]) -> [String] {
        state.withLock { state in
            let before = Dictionary(state.cells.map { ($0.definition.name, $0) }) { first, _ in first }
            var names = Set<String>()
            var problems: [String] = []
            let cells = definitions.filter { names.insert($0.name).inserted }.compactMap { definition -> CellState? in
                let known = before[definition.name]
                if let known, known.definition == definition { return known }
                do throws(TLSError) {
                    return try CellState(definition, previous: known)
                } catch {
                    problems.append("cell \(definition.name): \(error)")
                    return known
                }
            }
            state.cells = cells
            labels.makeRoom(cells: cells.count)
            // Under the lock, so that all event loops get the states in the same order.
            for (loop, io) in zip(loops, io) { io.execute { loop.value.apply(cells) } }
            let checker = checker
            io[0].execute { checker.value.watch(cells) }
            resolver.lookUp(cells.flatMap(\.upstreams).filter { $0.addresses == nil })
            return problems
        }
    }

    /// Takes other limits, timeouts and certificates. Requests under way go on with what they began with. Any thread.
    func apply(settings: DataPlaneSettings, tls: TLSServerContext?) {
        state.withLock { state in
            let quotas = Quotas(settings.quotas, previous: state.quotas)
            state.quotas = quotas
            for (loop, io) in zip(loops, io) { io.execute { loop.value.apply(settings, quotas, tls) } }
        }
    }

    /// What the active checks know, in the order of the cells. Any thread.
    public func health() -> [CellHealth] {
        state.withLock { $0.cells }.map(\.health)
    }

    /// Accepts what is connected already and nothing more, answers what is in flight with `Connection: close`, closes
    /// idle connections. Completes when all are closed; what is open after `deadlineNanos` is closed then. Any thread.
    @discardableResult
    public func drain(deadlineNanos: Int64) -> Completion {
        let listeners = state.withLock { state in
            state.isDraining = true
            let listeners = state.listeners
            state.listeners = []
            return listeners
        }
        names.withLock { $0 }?.cancel()
        let parts = loops.indices.map { index in
            drain(index, listeners.filter { $0.loop == index }.map(\.socket), deadlineNanos: deadlineNanos)
        }
        return Completion(all: parts)
    }

    private func drain(
        _ index: Int, _ listeners: [LoopConfined<ListenSocket>], deadlineNanos: Int64
    ) -> Completion {
        let done = Completion()
        let loop = loops[index]
        let io = io[index]
        let checker = index == 0 ? checker : nil
        let isGiven = io.execute {
            for listener in listeners { listener.value.drainAndClose() }
            io.schedule(afterNanos: deadlineNanos) { loop.value.abort() }
            loop.value.drain {
                checker?.value.stop()
                done.complete()
            }
        }
        if !isGiven { done.complete() }
        return done
    }

    /// Ends the event loops' threads; what is still open stays as it is. Blocking.
    public func stop() {
        for io in io { io.stop() }
    }

    /// Waits until all event loops have done what they were given. Blocking.
    func settle() {
        for io in io { _ = io.wait { true } }
    }

    /// A drain has begun; readiness ends with it.
    public var isDraining: Bool { state.withLock { $0.isDraining } }
}
