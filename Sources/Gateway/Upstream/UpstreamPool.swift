import GatewayMetrics
import NIOCore
import NIOPosix

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
    private let connectNanos: Int64
    /// The most recently used stands last and is taken first: it is the least likely to be stale.
    private var idle: [UpstreamConnection] = []
    private(set) var active = 0
    private var isRetired = false
    private var gauges: PoolGauges

    private static let avoidNanos: Int64 = 1_000_000_000

    init(
        _ state: UpstreamState, loop: PlaneLoop, settings: PoolSettings, connectNanos: Int64, meters: UpstreamMeters,
        gauges: PoolGauges
    ) {
        self.state = state
        self.loop = loop
        self.settings = settings
        self.connectNanos = connectNanos
        self.meters = meters
        self.gauges = gauges
        label = Array(state.label.utf8)
    }

    var idleCount: Int { idle.count }

    /// With every tick of the event loop.
    func reportConnections(on shard: Shard) { gauges.report(active: active, idle: idle.count, on: shard) }

    /// A kept connection, if there is one.
    func takeIdle() -> UpstreamConnection? {
        while let connection = idle.popLast() {
            guard connection.isUsable else { continue }
            active += 1
            return connection
        }
        return nil
    }

    /// Opens a connection for a request; nil when too many are in use.
    func connect(for owner: ClientConnection) -> UpstreamConnection? {
        guard active < settings.maxActive else { return nil }
        active += 1
        let connection = UpstreamConnection(pool: self, loop: loop, owner: owner)
        let bootstrap = ClientBootstrap(group: loop.eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 65_536)
            )
            .channelOption(.maxMessagesPerRead, value: 2)
            .connectTimeout(.nanoseconds(connectNanos))
        let future =
            if let address = state.socketAddress {
                bootstrap.connect(to: address)
            } else {
                bootstrap.connect(host: state.address.host, port: state.address.port)
            }
        future.assumeIsolated().whenComplete { result in
            // A name may have several addresses, each tried on a channel of its own: the handler goes to the one that won.
            guard case .success(let channel) = result else { return connection.connectFailed() }
            do {
                try channel.pipeline.syncOperations.addHandler(connection)
                connection.connected()
            } catch {
                channel.close(promise: nil)
                connection.connectFailed()
            }
        }
        return connection
    }

    func noteConnectFailure(now: Int64) {
        avoidUntilNanos = SteadyTime.after(Self.avoidNanos, from: now)
    }

    /// A connection that can take another request.
    func keep(_ connection: UpstreamConnection, now: Int64) {
        active -= 1
        guard !isRetired, idle.count < settings.maxIdle else {
            connection.close()
            return
        }
        connection.deadlineNanos = SteadyTime.after(settings.idleNanos, from: now)
        idle.append(connection)
    }

    /// A connection in use is gone.
    func lost() { active -= 1 }

    /// An idle connection is gone.
    func forget(_ connection: UpstreamConnection) {
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
