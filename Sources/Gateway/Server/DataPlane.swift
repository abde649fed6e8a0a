import GatewayMetrics
import Locking
import NIOCore
import NIOPosix
import StructuredLog

/// Takes clients' requests to the cells and the answers back.
///
/// One listener, upstream pool, metric shard and log ring for each event loop: in the steady state the loops share
/// nothing that is written. The registry needs `settings.loops` shards and the sink as many rings.
public final class DataPlane: Sendable {
    private struct State {
        var cells: [CellState] = []
        var listeners: [any Channel] = []
        var isDraining = false
    }

    private let settings: DataPlaneSettings
    private let metrics: GatewayMetricSet
    /// Which tenants have series of their own.
    var tenantLabel: BoundedLabel { labels.label }
    private let labels: TenantLabels
    private let loops: [NIOLoopBound<PlaneLoop>]
    private let eventLoops: [any EventLoop]
    private let state = Locked(State())
    private let checker: NIOLoopBound<HealthChecker>

    /// Uses the first `settings.loops` event loops of `group` (at least one); nothing listens before ``start()``.
    /// Not to be called on one of them. Throws when a family of `metrics` lacks the label `tenant`.
    public init(
        settings: DataPlaneSettings, metrics: GatewayMetricSet, accessLog: LogSink,
        group: MultiThreadedEventLoopGroup, local: LocalHandler
    ) throws(MetricError) {
        self.settings = settings
        self.metrics = metrics
        var all: [any EventLoop] = []
        for loop in group.makeIterator() { all.append(loop) }
        let used = Array(all.prefix(max(1, settings.loops)))
        let labels = try TenantLabels(settings.tenants, metrics: metrics)
        self.labels = labels
        let budget = ConnectionBudget(limit: settings.maxConnections)
        let leases = SeriesLeases(metrics)
        let made = used.enumerated().map { index, eventLoop in
            let telemetry = LoopTelemetry(
                index: index + 1, metrics: metrics, log: accessLog, labels: labels, leases: leases)
            let loop = PlaneLoop(
                eventLoop: eventLoop, settings: settings, local: local, telemetry: telemetry,
                connectionBudget: budget,
                listenerMeters: ListenerMeters("data", metrics: metrics, shard: telemetry.shard))
            return NIOLoopBoundTransfer.move(loop, to: eventLoop)
        }
        loops = made
        eventLoops = used
        checker = NIOLoopBoundTransfer.move(HealthChecker(eventLoop: used[0], metrics: metrics), to: used[0])
    }

    /// Binds the listeners and starts serving; returns the address, whose port the kernel chose if it was 0.
    ///
    /// Blocks until it listens; not to be called on an event loop. Throws what binding threw.
    public func start() throws -> SocketAddress {
        let first = try bind(settings.listen, loops[0])
        guard let address = first.localAddress else { throw ChannelError.unknownLocalAddress }
        var listeners = [first]
        let endpoint = SocketEndpoint(host: settings.listen.host, port: address.port ?? settings.listen.port)
        do {
            for loop in loops.dropFirst() { listeners.append(try bind(endpoint, loop)) }
        } catch {
            for listener in listeners { listener.close(mode: .all, promise: nil) }
            throw error
        }
        state.withLock { $0.listeners = listeners }
        for (index, loop) in loops.enumerated() {
            let checker = index == 0 ? checker : nil
            eventLoops[index].execute {
                guard let checker else { return loop.value.startTicks() }
                loop.value.startTicks { checker.value.tick(now: $0) }
            }
        }
        return address
    }

    private func bind(_ endpoint: SocketEndpoint, _ loop: NIOLoopBound<PlaneLoop>) throws -> any Channel {
        let sharesPort = loops.count > 1
        return try loop.eventLoop.flatSubmit { Listener.bind(endpoint, on: loop.value, sharesPort: sharesPort) }.wait()
    }

    /// Replaces the cells. Requests in flight end where they began; upstreams that stay keep their connections and
    /// what is known of their health. Any thread.
    public func apply(cells definitions: [CellDefinition]) {
        state.withLock { state in
            let before = Dictionary(state.cells.map { ($0.definition.name, $0) }) { first, _ in first }
            var names = Set<String>()
            let cells = definitions.filter { names.insert($0.name).inserted }
                .map { CellState($0, previous: before[$0.name]) }
            state.cells = cells
            labels.makeRoom(cells: cells.count)
            // Under the lock, so that all event loops get the states in the same order.
            for (loop, eventLoop) in zip(loops, eventLoops) { eventLoop.execute { loop.value.apply(cells) } }
            let checker = checker
            eventLoops[0].execute { checker.value.watch(cells) }
        }
    }

    /// What the active checks know, in the order of the cells. Any thread.
    public func health() -> [CellHealth] {
        state.withLock { $0.cells }.map(\.health)
    }

    /// Accepts nothing more, answers what is in flight with `Connection: close`, closes idle connections. Completes
    /// when all are closed; what is open after `deadlineNanos` is closed then. Any thread.
    public func drain(deadlineNanos: Int64) -> EventLoopFuture<Void> {
        let listeners = state.withLock { state in
            state.isDraining = true
            let listeners = state.listeners
            state.listeners = []
            return listeners
        }
        for listener in listeners { listener.close(mode: .all, promise: nil) }
        let drained = zip(loops, eventLoops).map { loop, eventLoop in
            eventLoop.flatSubmit {
                let future = loop.value.drain()
                eventLoop.scheduleTask(in: .nanoseconds(max(0, deadlineNanos))) { loop.value.abort() }
                return future
            }
        }
        let checker = checker
        return EventLoopFuture.andAllSucceed(drained, on: eventLoops[0]).map { checker.value.stop() }
    }

    /// A drain has begun; readiness ends with it.
    public var isDraining: Bool { state.withLock { $0.isDraining } }
}

/// Hands an object that no thread has used yet to its event loop.
enum NIOLoopBoundTransfer {
    static func move<Value>(_ value: sending Value, to eventLoop: any EventLoop) -> NIOLoopBound<Value> {
        let box = UnsafeTransfer(value)
        guard !eventLoop.inEventLoop else { return NIOLoopBound(box.value, eventLoop: eventLoop) }
        // Only the event loop may make a bound value; it is the first to touch it.
        let made = try? eventLoop.submit { NIOLoopBound(box.value, eventLoop: eventLoop) }.wait()
        guard let made else { preconditionFailure("the event loop has been shut down") }
        return made
    }

    private struct UnsafeTransfer<Value>: @unchecked Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }
}
