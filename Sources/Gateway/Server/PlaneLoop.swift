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
    let settings: DataPlaneSettings
    let local: LocalHandler
    /// Nil for the ops listener, whose requests are neither counted nor logged.
    let telemetry: LoopTelemetry?
    let connectionBudget: ConnectionBudget
    private let listenerMeters: ListenerMeters?
    let deadlines = DeadlineScanner()
    private(set) var routes = RouteTable([])
    var random = FastRandom()
    private(set) var isDraining = false
    private var pools: [ObjectIdentifier: UpstreamPool] = [:]
    /// Those whose last requests have not ended.
    private var retired: [UpstreamPool] = []
    private var clients = 0
    private var whenEmpty: [() -> Void] = []
    private var ticks: TimerHandle?
    private var expectedTick: Int64 = 0
    private var onTick: ((Int64) -> Void)?
    private var exchanges: [Exchange] = []
    private static let keptExchanges = 1_024
    private var date = HTTPDate()

    init(
        io: IOLoop, settings: DataPlaneSettings, local: LocalHandler, telemetry: LoopTelemetry?,
        connectionBudget: ConnectionBudget, listenerMeters: ListenerMeters?
    ) {
        self.io = io
        self.settings = settings
        self.local = local
        self.telemetry = telemetry
        self.connectionBudget = connectionBudget
        self.listenerMeters = listenerMeters
    }

    // MARK: - Buffers and time

    /// One that is not in use.
    func takeExchange() -> Exchange {
        if let exchange = exchanges.popLast() { return exchange }
        let made = Exchange(loop: self)
        deadlines.add(made)
        return made
    }

    /// Its request is over.
    func put(back exchange: Exchange) {
        exchange.reset()
        guard exchanges.count < Self.keptExchanges else { return deadlines.remove(exchange) }
        exchanges.append(exchange)
    }

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
        deadlines.tick(now: now)
        reportConnections()
        onTick?(now)
        // The next tick is due a full interval after the end of this one.
        expectedTick = SteadyTime.after(DeadlineScanner.tickNanos, from: SteadyTime.nanos())
        if ticks != nil { scheduleTick() }
    }

    private func reportConnections() {
        guard let telemetry else { return }
        for pool in pools.values { pool.reportConnections(on: telemetry.shard) }
        guard !retired.isEmpty else { return }
        for pool in retired { pool.reportConnections(on: telemetry.shard) }
        retired.removeAll { $0.active == 0 }
    }

    // MARK: - Cells

    /// Replaces the routes. Pools of upstreams that stay are kept, the others retire.
    func apply(_ cells: [CellState]) {
        guard let telemetry else { return }
        var kept: [ObjectIdentifier: UpstreamPool] = [:]
        var made: [LoopCell] = []
        for (index, cell) in cells.enumerated() {
            let name = cell.definition.name
            let cellPools = cell.upstreams.map { upstream in
                let pool = pools[ObjectIdentifier(upstream)] ?? makePool(upstream, cell: name, telemetry)
                kept[ObjectIdentifier(upstream)] = pool
                return pool
            }
            let meters = CellMeters(
                name: name, ordinal: LoopTelemetry.firstCellOrdinal + index, metrics: telemetry.metrics,
                lease: telemetry.leases.lease(cell: name))
            made.append(LoopCell(cell, pools: cellPools, meters: meters))
        }
        for (key, pool) in pools where kept[key] == nil {
            pool.retire()
            retired.append(pool)
        }
        pools = kept
        routes = RouteTable(made)
        telemetry.tenants.forgetCells()
        reportConnections()
    }

    private func makePool(_ upstream: UpstreamState, cell: String, _ telemetry: LoopTelemetry) -> UpstreamPool {
        let lease = telemetry.leases.lease(cell: cell, upstream: upstream.label)
        return UpstreamPool(
            upstream, loop: self, settings: settings.pool,
            meters: UpstreamMeters(
                cell: cell, upstream: upstream.label, metrics: telemetry.metrics, lease: lease),
            gauges: PoolGauges(cell: cell, upstream: upstream.label, metrics: telemetry.metrics))
    }

    // MARK: - Connections

    /// A client has connected; its descriptor belongs to the loop from now on.
    func accept(_ descriptor: Int32, _ address: InternetAddress) {
        guard connectionBudget.take() else {
            telemetry?.countRejection(.overloaded)
            close(descriptor)
            return
        }
        guard let socket = StreamSocket(loop: io, accepted: descriptor) else { return connectionBudget.release() }
        let peer = ClientPeer(address, trusted: settings.trustedProxies)
        let client = HTTP1Client(loop: self, socket: socket, peer: peer)
        clients += 1
        listenerMeters?.opened()
        deadlines.add(client)
    }

    func closed(_ client: DeadlineEntry) {
        clients -= 1
        listenerMeters?.closed()
        connectionBudget.release()
        deadlines.remove(client)
        finishIfEmpty()
    }

    private var connections: [HTTP1Client] {
        var found: [HTTP1Client] = []
        deadlines.forEach { if let client = $0 as? HTTP1Client { found.append(client) } }
        return found
    }

    /// Answers what is in flight and closes every connection after that; calls `whenDone` when all are closed.
    func drain(_ whenDone: @escaping () -> Void) {
        whenEmpty.append(whenDone)
        if !isDraining {
            isDraining = true
            for client in connections { client.drain() }
        }
        finishIfEmpty()
    }

    /// Closes what is still open.
    func abort() {
        for client in connections { client.abort() }
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
    }
}
