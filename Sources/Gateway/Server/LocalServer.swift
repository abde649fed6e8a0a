import GatewayMetrics
import Locking
import NIOCore
import NIOPosix

/// The ops listener: the data plane's codec in front of a handler, without routing, counting or logging.
public final class LocalServer: Sendable {
    private let listen: SocketEndpoint
    private let loop: NIOLoopBound<PlaneLoop>
    private let eventLoop: any EventLoop
    private let listener = Locked<(any Channel)?>(nil)

    /// Serves on one event loop of `group` and counts its connections in `metrics`; nothing listens before ``start()``. Not to be called on it.
    public init(
        listen: SocketEndpoint, group: MultiThreadedEventLoopGroup, handler: LocalHandler,
        limits: MessageLimits = MessageLimits(), timeouts: PhaseTimeouts = PhaseTimeouts(),
        maxConnections: Int = 256, metrics: GatewayMetricSet? = nil
    ) {
        self.listen = listen
        eventLoop = group.next()
        let settings = DataPlaneSettings(
            listen: listen, limits: limits, timeouts: timeouts, maxConnections: maxConnections)
        let made = PlaneLoop(
            eventLoop: eventLoop, settings: settings, local: handler, telemetry: nil,
            connectionBudget: ConnectionBudget(limit: maxConnections),
            listenerMeters: metrics.map { ListenerMeters("ops", metrics: $0, shard: .shared) })
        loop = NIOLoopBoundTransfer.move(made, to: eventLoop)
    }

    /// Binds and serves; returns the address. Blocks; not to be called on an event loop. Throws what binding threw.
    public func start() throws -> SocketAddress {
        let loop = loop
        let listen = listen
        let channel = try eventLoop.flatSubmit { Listener.bind(listen, on: loop.value, sharesPort: false) }.wait()
        guard let address = channel.localAddress else { throw ChannelError.unknownLocalAddress }
        listener.withLock { $0 = channel }
        eventLoop.execute { loop.value.startTicks() }
        return address
    }

    /// Accepts nothing more and ends as `DataPlane.drain` does.
    public func drain(deadlineNanos: Int64) -> EventLoopFuture<Void> {
        let channel = listener.withLock { channel in
            let taken = channel
            channel = nil
            return taken
        }
        channel?.close(mode: .all, promise: nil)
        let loop = loop
        let eventLoop = eventLoop
        return eventLoop.flatSubmit {
            let future = loop.value.drain()
            eventLoop.scheduleTask(in: .nanoseconds(max(0, deadlineNanos))) { loop.value.abort() }
            return future
        }
    }
}
