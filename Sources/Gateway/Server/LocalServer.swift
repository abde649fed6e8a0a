import GatewayMetrics
import Locking

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The ops listener: the data plane's codec in front of a handler, without routing, counting or logging.
final class LocalServer: Sendable {
    private let listen: SocketEndpoint
    private let loop: LoopConfined<PlaneLoop>
    private let io: IOLoop
    private let inherited: InheritedSockets
    private let listener = Locked<LoopConfined<ListenSocket>?>(nil)

    /// Serves on `io` and counts its connections in `metrics`; nothing listens before ``start()``.
    init(
        listen: SocketEndpoint, io: IOLoop, handler: LocalHandler, limits: MessageLimits = MessageLimits(),
        timeouts: PhaseTimeouts = PhaseTimeouts(), maxConnections: Int = 256, metrics: GatewayMetricSet? = nil,
        inherited: InheritedSockets = InheritedSockets(environment: [:])
    ) {
        self.inherited = inherited
        self.listen = listen
        self.io = io
        let settings = DataPlaneSettings(
            listen: listen, limits: limits, timeouts: timeouts, maxConnections: maxConnections)
        let made = PlaneLoop(
            io: io, settings: settings, local: handler, telemetry: nil,
            connectionBudget: ConnectionBudget(limit: maxConnections),
            listenerMeters: metrics.map { ListenerMeters("ops", metrics: $0, shard: .shared) })
        loop = LoopConfined(made, io)
    }

    /// Binds and serves; returns the address. Blocks; not to be called on an event loop. Throws what binding threw.
    func start() throws -> SocketEndpoint {
        let wanted = try DataPlane.resolve(listen)
        let opened = try ListenSocket.open(wanted, loops: 1, inherited: inherited.socket(at: wanted))
        let descriptor = opened[0]
        do {
            let address = try ListenSocket.address(of: descriptor)
            let made = try listen(at: descriptor)
            listener.withLock { $0 = made }
            return SocketEndpoint(host: listen.host, port: address.port)
        } catch {
            close(descriptor)
            throw error
        }
    }

    private func listen(at descriptor: Int32) throws(SystemFault) -> LoopConfined<ListenSocket> {
        let loop = loop
        let io = io
        let outcome: Result<LoopConfined<ListenSocket>, SystemFault>? = io.wait {
            loop.value.startTicks()
            return Result { () throws(SystemFault) in
                LoopConfined(try ListenSocket(loop: io, descriptor: descriptor) { loop.value.accept($0, $1) }, io)
            }
        }
        guard let outcome else { throw SystemFault("event loop", ECANCELED) }
        return try outcome.get()
    }

    /// Accepts nothing more and ends as `DataPlane.drain` does.
    @discardableResult
    func drain(deadlineNanos: Int64) -> Completion {
        let listener = listener.withLock { listener in
            let taken = listener
            listener = nil
            return taken
        }
        let done = Completion()
        let loop = loop
        let io = io
        let isGiven = io.execute {
            listener?.value.drainAndClose()
            io.schedule(afterNanos: deadlineNanos) { loop.value.abort() }
            loop.value.drain { done.complete() }
        }
        if !isGiven { done.complete() }
        return done
    }
}
