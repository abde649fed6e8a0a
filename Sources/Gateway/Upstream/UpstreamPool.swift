import GatewayMetrics

/// The connections of one event loop to one upstream.
final class UpstreamPool {
    let state: UpstreamState
    /// `host:port`.
    let label: [UInt8]
    let meters: UpstreamMeters
    /// After a failed connect it is passed over until then.
    var avoidUntilNanos: Int64 = 0
    private let loop: PlaneLoop
    private let settings: PoolSettings
    /// The most recently used stands last and is taken first: it is the least likely to be stale.
    private var idle: [HTTP1Upstream] = []
    /// Exchanges that wait for the upstream's name to be resolved.
    private var unresolved: [Exchange] = []
    private var turn = 0
    private(set) var active = 0
    private var isRetired = false
    private var gauges: PoolGauges

    private static let avoidNanos: Int64 = 1_000_000_000

    init(
        _ state: UpstreamState, loop: PlaneLoop, settings: PoolSettings, meters: UpstreamMeters, gauges: PoolGauges
    ) {
        self.state = state
        self.loop = loop
        self.settings = settings
        self.meters = meters
        self.gauges = gauges
        label = Array(state.label.utf8)
    }

    /// With every tick of the event loop.
    func reportConnections(on shard: Shard) { gauges.report(active: active, idle: idle.count, on: shard) }

    /// A kept connection, if there is one.
    func takeIdle(for exchange: Exchange) -> HTTP1Upstream? {
        while let connection = idle.popLast() {
            guard connection.isUsable else { continue }
            active += 1
            connection.attach(exchange)
            return connection
        }
        return nil
    }

    /// Opens a connection for an exchange, which is told how it ended; false when too many are in use.
    func connect(for exchange: Exchange) -> Bool {
        guard active < settings.maxActive else { return false }
        active += 1
        guard let addresses = state.addresses else {
            unresolved.append(exchange)
            return true
        }
        open(addresses, for: exchange)
        return true
    }

    private func open(_ addresses: [InternetAddress], for exchange: Exchange) {
        // Of several addresses each connection begins with another one.
        turn &+= 1
        let first = addresses.isEmpty ? 0 : Int(UInt(bitPattern: turn) % UInt(addresses.count))
        let order = Array(addresses[first...] + addresses[..<first])
        do throws(SystemFault) {
            exchange.leg = try HTTP1Upstream(
                pool: self, loop: loop, addresses: order, exchange: exchange, now: loop.io.now)
        } catch {
            noteConnectFailure(now: loop.io.now)
            lost()
            exchange.connectFailed(self)
        }
    }

    /// The upstream's name has been looked up.
    func resolved() {
        guard !unresolved.isEmpty, let addresses = state.addresses else { return }
        let waiting = unresolved
        unresolved = []
        for exchange in waiting { open(addresses, for: exchange) }
    }

    /// The exchange waits for the name no longer.
    func forgetWaiting(_ exchange: Exchange) {
        guard let index = unresolved.firstIndex(where: { $0 === exchange }) else { return }
        unresolved.remove(at: index)
        lost()
    }

    func noteConnectFailure(now: Int64) {
        avoidUntilNanos = SteadyTime.after(Self.avoidNanos, from: now)
    }

    /// A connection that can take another request.
    func keep(_ connection: HTTP1Upstream) {
        active -= 1
        guard !isRetired, idle.count < settings.maxIdle else { return connection.close() }
        connection.deadlineNanos = SteadyTime.after(settings.idleNanos, from: loop.io.now)
        idle.append(connection)
    }

    /// A connection in use is gone.
    func lost() { active -= 1 }

    /// An idle connection is gone.
    func forget(_ connection: HTTP1Upstream) {
        if let index = idle.lastIndex(where: { $0 === connection }) { idle.remove(at: index) }
    }

    /// The upstream is no longer configured, or the gateway stops: idle connections close now, others after use.
    func retire() {
        isRetired = true
        let connections = idle
        idle = []
        for connection in connections { connection.close() }
    }
}
