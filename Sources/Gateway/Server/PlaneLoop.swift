import GatewayMetrics
import StructuredLog

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Everything one event loop owns: routes, pools, deadlines, counters. Nothing here is touched by another thread.
final class PlaneLoop {
    let io: IOLoop
    /// Counts the loops from 0.
    let index: Int
    private(set) var settings: DataPlaneSettings
    private(set) var quotas: Quotas
    /// Of the TLS listener; nil without one.
    private var tls: TLSServerContext?
    let local: LocalHandler
    /// Nil for the ops listener, whose requests are neither counted nor logged.
    let telemetry: LoopTelemetry?
    /// Of ``telemetry``.
    let shard: Shard?
    private let journal: UpstreamJournal?
    let connectionBudget: ConnectionBudget
    private let listenerMeters: ListenerMeters?
    /// Those of requests, and of connections that are being opened, are prompt: their limits may be short. Thousands may be
    /// idle.
    let deadlines = DeadlineScanner()
    private(set) var routes = RouteTable([])
    var random = FastRandom()
    private(set) var isDraining = false
    private var pools: [ObjectIdentifier: UpstreamPool] = [:]
    /// Of pools without TLS, by address.
    private var idleConnections: [String: IdleConnections] = [:]
    /// Those whose last requests have not ended.
    private var retired: [UpstreamPool] = []
    private var clients = 0
    private var whenEmpty: [() -> Void] = []
    private var fairness: FairAdmission
    private var overload = 0.0
    /// Cells in which a place has become free while this loop's own requests wait.
    private var toAdmit: [LoopCell] = []
    /// Cells that were replaced while requests wait for them.
    private var leaving: [LoopCell] = []
    private var carrying = 0
    private var ticks: TimerHandle?
    private var expectedTick: Int64 = 0
    private var onTick: ((Int64) -> Void)?
    private var exchanges: [Exchange] = []
    private static let keptExchanges = 1_024
    private var localBodyBytes = 0
    private static let localBodiesLimit = 16_777_216
    private var sinceReport = 0
    private static let reportTicks = 8
    private static let widePairs = 256
    private var date = HTTPDate()

    init(
        io: IOLoop, index: Int = 0, settings: DataPlaneSettings, quotas: Quotas? = nil, local: LocalHandler,
        telemetry: LoopTelemetry?, journal: UpstreamJournal? = nil,
        connectionBudget: ConnectionBudget, listenerMeters: ListenerMeters?
    ) {
        self.io = io
        self.index = index
        self.settings = settings
        self.quotas = quotas ?? Quotas(settings.quotas)
        fairness = FairAdmission(settings.overload)
        self.local = local
        self.telemetry = telemetry
        shard = telemetry?.shard
        self.journal = journal
        self.connectionBudget = connectionBudget
        self.listenerMeters = listenerMeters
    }

    // MARK: - Buffers and time

    /// One that is not in use.
    func takeExchange() -> Exchange {
        carrying += 1
        if let exchange = exchanges.popLast() { return exchange }
        let made = Exchange(loop: self)
        deadlines.add(made, isPrompt: true)
        return made
    }

    /// Its request is over.
    func put(back exchange: Exchange) {
        carrying -= 1
        exchange.reset()
        guard exchange.isCurrent(settings) else { return deadlines.remove(exchange) }
        guard exchanges.count < Self.keptExchanges else { return deadlines.remove(exchange) }
        deadlines.change(exchange, isPrompt: true)
        exchanges.append(exchange)
    }

    /// Whether so many bytes more of bodies for the gateway itself may be kept: all of them together are bounded.
    func takeLocalBody(_ count: Int) -> Bool {
        guard localBodyBytes + count <= Self.localBodiesLimit else { return false }
        localBodyBytes += count
        return true
    }

    func giveBackLocalBody(_ count: Int) { localBodyBytes -= count }

    func dateBytes() -> [UInt8] {
        date.update(second: WallClock.micros() / 1_000_000)
        return date.bytes
    }

    /// Starts the deadline scanner; `onTick` runs with every tick.
    func startTicks(onTick: ((Int64) -> Void)? = nil) {
        self.onTick = onTick
        expectedTick = SteadyTime.after(DeadlineScanner.tickNanos, from: SteadyTime.nanos())
        scheduleTick()
    }

    private func scheduleTick() {
        let bound = LoopConfined(self, io)
        ticks = io.schedule(afterNanos: DeadlineScanner.tickNanos) { bound.value.tick() }
    }

    private func tick() {
        let now = SteadyTime.nanos()
        if let telemetry {
            let late = UInt64(max(0, now - expectedTick))
            telemetry.metrics.eventLoopLag.observe(nanos: late, on: telemetry.shard)
            telemetry.tenants.tick(now: now)
        }
        overload = fairness.settings.pressure(lagNanos: now - expectedTick, inFlight: inFlight)
        deadlines.tick(now: now)
        for cell in routes.cells where cell.queue != nil { cell.admitWaiting(now: now) }
        if !leaving.isEmpty { admitLeaving(now: now) }
        reportInTurn()
        onTick?(now)
        // The next tick is due a full interval after the end of this one.
        expectedTick = SteadyTime.after(DeadlineScanner.tickNanos, from: SteadyTime.nanos())
        if ticks != nil { scheduleTick() }
    }

    /// Connections are counted once in so many ticks: with a thousand cells that is not nothing.
    private func admitLeaving(now: Int64) {
        for cell in leaving { cell.admitWaiting(now: now) }
        leaving.removeAll { ($0.queue?.count ?? 0) == 0 }
    }

    private func reportInTurn() {
        sinceReport += 1
        guard sinceReport >= Self.reportTicks else { return }
        sinceReport = 0
        reportConnections()
    }

    private func reportConnections() {
        guard let telemetry else { return }
        for pool in pools.values { pool.reportConnections(on: telemetry.shard) }
        guard !retired.isEmpty else { return }
        for pool in retired { pool.reportConnections(on: telemetry.shard) }
        retired.removeAll { $0.active == 0 }
    }

    // MARK: - Cells

    /// Takes other limits, timeouts and certificates; what is under way goes on with what it has read already.
    func apply(_ settings: DataPlaneSettings, _ quotas: Quotas, _ tls: TLSServerContext?) {
        if settings.overload != self.settings.overload { fairness = FairAdmission(settings.overload) }
        self.settings = settings
        self.quotas = quotas
        // A listener that is there goes on with what it has.
        self.tls = tls ?? self.tls
        // Parsers know the limits.
        for exchange in exchanges { deadlines.remove(exchange) }
        exchanges = []
    }

    /// Replaces the routes. Pools of upstreams that stay are kept, the others retire.
    func apply(_ cells: [CellState]) {
        guard let telemetry else { return }
        var kept: [ObjectIdentifier: UpstreamPool] = [:]
        var made: [LoopCell] = []
        let before = Dictionary(routes.cells.map { (ObjectIdentifier($0.state), $0) }) { first, _ in first }
        for (index, cell) in cells.enumerated() {
            let name = cell.definition.name
            let cellPools = cell.upstreams.map { upstream in
                let pool = pools[ObjectIdentifier(upstream)] ?? makePool(upstream, of: cell.definition, telemetry)
                kept[ObjectIdentifier(upstream)] = pool
                return pool
            }
            let ordinal = LoopTelemetry.firstCellOrdinal + index
            if let known = before[ObjectIdentifier(cell)] {
                known.meters.ordinal = ordinal
                made.append(known)
                continue
            }
            let meters = CellMeters(
                name: name, ordinal: ordinal, metrics: telemetry.metrics,
                hedges: cell.definition.policy.hedging.isEnabled,
                lease: telemetry.leases.lease(cell: name))
            meters.circuitOpen.set(cell.share.circuit?.isClosed == false ? 1 : 0)
            made.append(LoopCell(cell, pools: cellPools, meters: meters, loop: self.index))
        }
        for (key, pool) in pools where kept[key] == nil {
            pool.retire()
            retired.append(pool)
        }
        leaving += before.values.filter { old in
            (old.queue?.count ?? 0) > 0 && !made.contains { $0 === old }
        }
        pools = kept
        let labels = Set(kept.values.map { $0.state.label })
        idleConnections = idleConnections.filter { labels.contains($0.key) }
        routes = RouteTable(made, shard: telemetry.shard)
        telemetry.tenants.forgetCells()
        reportConnections()
    }

    private func makePool(
        _ upstream: UpstreamState, of definition: CellDefinition, _ telemetry: LoopTelemetry
    ) -> UpstreamPool {
        let cell = definition.name
        let connectNanos = definition.policy.deadlines.connectNanos
        let lease = telemetry.leases.lease(cell: cell, upstream: upstream.label)
        return UpstreamPool(
            upstream, loop: self, settings: settings.pool,
            connectNanos: connectNanos > 0 ? connectNanos : settings.timeouts.connectNanos,
            version: definition.transport.version,
            idle: idleConnections(to: upstream),
            meters: UpstreamMeters(
                cell: cell, upstream: upstream.label, metrics: telemetry.metrics, lease: lease),
            gauges: PoolGauges(cell: cell, upstream: upstream.label, metrics: telemetry.metrics))
    }

    /// What a TLS connection was secured with is one cell's alone.
    private func idleConnections(to upstream: UpstreamState) -> IdleConnections {
        guard case .none = upstream.security, !upstream.address.isSecure else { return IdleConnections() }
        if let known = idleConnections[upstream.label] { return known }
        let made = IdleConnections()
        idleConnections[upstream.label] = made
        return made
    }

    // MARK: - Policies

    /// Whether a request may go on while the loop has too much to do. To be asked for each: it counts.
    @inline(__always)
    func admits(_ tenant: UInt64, now: Int64) -> Bool {
        fairness.admits(tenant, pressure: overload, now: now, random: &random)
    }

    /// There are more pairs of cell and tenant than the processor's caches hold.
    var isWide: Bool { routes.cells.count * (telemetry?.tenants.count ?? 0) >= Self.widePairs }

    /// Requests that exchanges are carrying.
    var inFlight: Int { carrying }

    /// A place has become free in the cell; whoever waits for it is let in once this event has been handled.
    func mustAdmit(_ cell: LoopCell) {
        guard (cell.queue?.count ?? 0) > 0 else { return }
        if toAdmit.isEmpty {
            let confined = LoopConfined(self, io)
            io.execute { confined.value.admitWaiting() }
        }
        toAdmit.append(cell)
    }

    private func admitWaiting() {
        let cells = toAdmit
        toAdmit = []
        for cell in cells { cell.admitWaiting(now: io.now) }
    }

    /// Calls `body` with the exchange soon, unless it is over by then: for what must not happen inside of the caller.
    func later(_ exchange: Exchange, _ body: @escaping (Exchange) -> Void) {
        let confined = LoopConfined((exchange, exchange.generation, body), io)
        io.execute {
            let (exchange, generation, body) = confined.value
            if exchange.generation == generation { body(exchange) }
        }
    }

    /// The cell as it is now, if it still knows what a late request finds out; nil when that concerns nobody any more.
    private func current(_ cell: LoopCell) -> CellState? {
        routes.cells.first { $0 === cell || $0.share === cell.share }?.state
    }

    func noteCircuit(_ cell: LoopCell, _ action: CircuitBreaker.Action) {
        switch action {
        case .opened(let until) where current(cell) != nil:
            cell.meters.circuitOpen.set(1)
            journal?.circuitOpened(ofCell: cell.meters.name, untilNanos: until, now: io.now)
        case .closed where current(cell) != nil:
            cell.meters.circuitOpen.set(0)
            journal?.circuitClosed(ofCell: cell.meters.name)
        case .opened, .closed, .allow, .refuse, .none: break
        }
    }

    func noteEjection(_ cell: LoopCell, _ change: EjectionChange, reason: String) {
        if case .ejected(let index, _) = change, let telemetry, index < cell.pools.count {
            cell.pools[index].meters.ejections.increment(on: telemetry.shard)
        }
        guard let current = current(cell) else { return }
        journal?.changed(change, of: current, reason: reason, now: io.now)
    }

    // MARK: - Connections

    /// A client has connected; its descriptor belongs to the loop from now on.
    func accept(_ descriptor: Int32, _ address: InternetAddress, isSecure: Bool = false) {
        guard connectionBudget.take() else {
            telemetry?.countRejection(.overloaded)
            close(descriptor)
            return
        }
        var security = StreamSecurity.none
        if isSecure, let tls { security = .server(tls) }
        guard let socket = StreamSocket(loop: io, accepted: descriptor, security: security) else {
            return connectionBudget.release()
        }
        let peer = ClientPeer(address, trusted: settings.trustedProxies, isSecure: isSecure)
        clients += 1
        listenerMeters?.opened()
        if isSecure {
            deadlines.add(TLSAcceptor(loop: self, socket: socket, peer: peer))
        } else {
            deadlines.add(HTTP1Client(loop: self, socket: socket, peer: peer))
        }
    }

    /// The handshake is done: what was agreed on takes over.
    func secured(_ acceptor: TLSAcceptor, _ socket: StreamSocket, _ peer: ClientPeer) {
        deadlines.remove(acceptor)
        if socket.session?.applicationProtocol == .http2 {
            deadlines.add(HTTP2Client(loop: self, socket: socket, peer: peer))
        } else {
            deadlines.add(HTTP1Client(loop: self, socket: socket, peer: peer))
        }
    }

    /// A client without TLS that began with HTTP/2's preface (RFC 9113, section 3.3).
    func switchToHTTP2(_ client: HTTP1Client, _ bytes: UnsafeRawBufferPointer) {
        deadlines.remove(client)
        let other = HTTP2Client(loop: self, socket: client.socket, peer: client.peer)
        deadlines.add(other)
        other.take(bytes)
    }

    func closed(_ client: DeadlineEntry) {
        clients -= 1
        listenerMeters?.closed()
        connectionBudget.release()
        deadlines.remove(client)
        finishIfEmpty()
    }

    private func forEachClient(_ body: (any ClientConnection) -> Void) {
        var found: [any ClientConnection] = []
        deadlines.forEach { if let client = $0 as? any ClientConnection { found.append(client) } }
        for client in found { body(client) }
    }

    /// Answers what is in flight and closes every connection after that; calls `whenDone` when all are closed.
    func drain(_ whenDone: @escaping () -> Void) {
        whenEmpty.append(whenDone)
        if !isDraining {
            isDraining = true
            forEachClient { $0.drain() }
        }
        finishIfEmpty()
    }

    /// Closes what is still open.
    func abort() {
        forEachClient { $0.cutOff() }
    }

    private func finishIfEmpty() {
        guard clients == 0, !whenEmpty.isEmpty else { return }
        stop()
        let waiting = whenEmpty
        whenEmpty = []
        for whenDone in waiting { whenDone() }
    }

    private func stop() {
        ticks?.cancel()
        ticks = nil
        onTick = nil
        for pool in pools.values { pool.retire() }
        reportConnections()
    }

    /// Names have been looked up.
    func namesResolved() {
        for pool in pools.values { pool.resolved() }
        for pool in retired { pool.resolved() }
    }
}
