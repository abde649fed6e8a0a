import GatewayMetrics

/// The connections of one event loop to one upstream.
final class UpstreamPool {
    let state: UpstreamState
    /// `host:port`.
    let label: HeldBytes
    let meters: UpstreamMeters
    /// Until the upstream accepts a connection.
    let connectNanos: Int64
    /// How connections are secured.
    let security: StreamSecurity
    private let loop: PlaneLoop
    private let settings: PoolSettings
    /// What is spoken.
    private let version: UpstreamTransport.Version
    /// Of HTTP/2, all that take further requests.
    private var shared: [HTTP2Upstream] = []
    /// Of HTTP/1.1, maybe other cells' as well.
    let idle: IdleConnections
    /// Of them, those that this pool has used last.
    private var idleCount = 0
    /// Exchanges that wait for the upstream's name to be resolved.
    private var unresolved: [Exchange] = []
    private var turn = 0
    private(set) var active = 0
    private var isRetired = false
    private var gauges: PoolGauges

    init(
        _ state: UpstreamState, loop: PlaneLoop, settings: PoolSettings, connectNanos: Int64,
        version: UpstreamTransport.Version = .http1, idle: IdleConnections = IdleConnections(),
        meters: UpstreamMeters, gauges: PoolGauges
    ) {
        self.state = state
        self.idle = idle
        self.loop = loop
        self.settings = settings
        self.connectNanos = connectNanos
        self.version = version
        security = state.security
        self.meters = meters
        self.gauges = gauges
        label = HeldBytes(Array(state.label.utf8))
    }

    /// What a request touches.
    func list(_ parts: inout PrefetchList, on shard: Shard) {
        parts.add(self, bytes: 256)
        parts.add(state)
        parts.add(label.bytes, atMost: 64)
        meters.list(&parts, on: shard)
    }

    /// With every tick of the event loop.
    func reportConnections(on shard: Shard) {
        gauges.report(active: active, idle: idleCount + shared.count(where: \.isIdle), on: shard)
    }

    /// A connection that can carry the exchange at once, if there is one.
    func takeIdle(for exchange: Exchange) -> (any UpstreamLeg)? {
        guard active < settings.maxActive, !isRetired else { return nil }
        if version == .http2 { return takeShared(for: exchange) }
        while let connection = idle.take() {
            connection.pool.idleCount -= 1
            guard connection.isUsable else { continue }
            active += 1
            connection.attach(exchange, of: self)
            return connection
        }
        return nil
    }

    private func takeShared(for exchange: Exchange) -> HTTP2UpstreamStream? {
        guard let connection = shared.first(where: { $0.hasRoom && !$0.isConnecting })
        else { return nil }
        active += 1
        return connection.carry(exchange)
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
        if version == .http2, let connection = shared.first(where: { $0.hasRoom && $0.isConnecting }) {
            exchange.leg = connection.carry(exchange)
            return
        }
        // Of several addresses each connection begins with another one.
        turn &+= 1
        let first = addresses.isEmpty ? 0 : Int(UInt(bitPattern: turn) % UInt(addresses.count))
        let order = Array(addresses[first...] + addresses[..<first])
        do throws(SystemFault) {
            exchange.leg = try connection(order, for: exchange)
        } catch {
            lost()
            let cause = addresses.isEmpty ? "its name has no address" : "\(error)"
            // Not from inside of the caller's own attempt.
            loop.later(exchange) { [self] in $0.connectFailed(self, cause) }
        }
    }

    private func connection(
        _ addresses: [InternetAddress], for exchange: Exchange
    ) throws(SystemFault) -> any UpstreamLeg {
        guard version == .http2 else {
            return try HTTP1Upstream(
                pool: self, loop: loop, addresses: addresses, exchange: exchange, now: loop.io.now)
        }
        let made = try HTTP2Upstream(pool: self, loop: loop, addresses: addresses, now: loop.io.now)
        shared.append(made)
        return made.carry(exchange)
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

    /// A connection that can take another request.
    func keep(_ connection: HTTP1Upstream) {
        active -= 1
        guard !isRetired, idle.count < settings.maxIdle else { return connection.close() }
        connection.deadlineNanos = SteadyTime.after(settings.idleNanos, from: loop.io.now)
        idle.add(connection)
        idleCount += 1
    }

    /// A connection in use is gone.
    func lost() { active -= 1 }

    /// An idle connection is gone.
    func forget(_ connection: HTTP1Upstream) {
        if idle.remove(connection) { idleCount -= 1 }
    }

    /// An HTTP/2 connection without requests.
    func becameIdle(_ connection: HTTP2Upstream) {
        guard !isRetired else { return connection.retire() }
        connection.deadlineNanos = SteadyTime.after(settings.idleNanos, from: loop.io.now)
    }

    /// An HTTP/2 connection takes no more requests.
    func forget(_ connection: HTTP2Upstream) { shared.removeAll { $0 === connection } }

    /// The upstream is no longer configured, or the gateway stops: idle connections close now, others after use.
    func retire() {
        isRetired = true
        for connection in idle.takeAll(of: self) { connection.close() }
        idleCount = 0
        let others = shared
        shared = []
        for connection in others { connection.retire() }
    }
}
