import GatewayMetrics
import NIOCore
import StructuredLog

/// Everything one event loop owns: routes, pools, deadlines, counters. Nothing here is touched by another thread.
final class PlaneLoop {
    let eventLoop: any EventLoop
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
    private var whenEmpty: EventLoopPromise<Void>?
    private var ticks: RepeatedTask?
    private var expectedTick: Int64 = 0
    private var onTick: ((Int64) -> Void)?
    private var scratch = ByteBuffer()
    private var date = HTTPDate()

    init(
        eventLoop: any EventLoop, settings: DataPlaneSettings, local: LocalHandler, telemetry: LoopTelemetry?,
        connectionBudget: ConnectionBudget, listenerMeters: ListenerMeters?
    ) {
        self.eventLoop = eventLoop
        self.settings = settings
        self.local = local
        self.telemetry = telemetry
        self.connectionBudget = connectionBudget
        self.listenerMeters = listenerMeters
    }

    // MARK: - Buffers and time

    /// An empty buffer whose memory is used again and again; give it back with `put(back:)`.
    @inline(__always)
    func takeScratch() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &scratch)
        taken.clear()
        return taken
    }

    @inline(__always)
    func put(back buffer: consuming ByteBuffer) {
        scratch = buffer
    }

    func dateBytes() -> [UInt8] {
        date.update(second: WallClock.micros() / 1_000_000)
        return date.bytes
    }

    /// Starts the deadline scanner; `onTick` runs with every tick.
    func startTicks(onTick: ((Int64) -> Void)? = nil) {
        self.onTick = onTick
        expectedTick = SteadyTime.after(DeadlineScanner.tickNanos, from: SteadyTime.nanos())
        let delay = TimeAmount.nanoseconds(DeadlineScanner.tickNanos)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        ticks = eventLoop.scheduleRepeatedTask(initialDelay: delay, delay: delay) { _ in bound.value.tick() }
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
            upstream, loop: self, settings: settings.pool, connectNanos: settings.timeouts.connectNanos,
            meters: UpstreamMeters(
                cell: cell, upstream: upstream.label, metrics: telemetry.metrics, lease: lease),
            gauges: PoolGauges(cell: cell, upstream: upstream.label, metrics: telemetry.metrics))
    }

    // MARK: - Connections

    func opened(_ connection: ClientConnection) {
        clients += 1
        listenerMeters?.opened()
        deadlines.add(connection)
    }

    func closed(_ connection: ClientConnection) {
        clients -= 1
        listenerMeters?.closed()
        connectionBudget.release()
        deadlines.remove(connection)
        finishIfEmpty()
    }

    /// Answers what is in flight and closes every connection after that.
    func drain() -> EventLoopFuture<Void> {
        if let whenEmpty { return whenEmpty.futureResult }
        isDraining = true
        let promise = eventLoop.makePromise(of: Void.self)
        whenEmpty = promise
        var connections: [ClientConnection] = []
        deadlines.forEach { if let client = $0 as? ClientConnection { connections.append(client) } }
        for connection in connections { connection.drain() }
        finishIfEmpty()
        return promise.futureResult
    }

    /// Closes what is still open.
    func abort() {
        var connections: [ClientConnection] = []
        deadlines.forEach { if let client = $0 as? ClientConnection { connections.append(client) } }
        for connection in connections { connection.abort() }
    }

    private func finishIfEmpty() {
        guard clients == 0, let promise = whenEmpty else { return }
        stop()
        promise.succeed(())
    }

    private func stop() {
        ticks?.cancel()
        ticks = nil
        onTick = nil
        for pool in pools.values { pool.retire() }
        reportConnections()
    }
}
