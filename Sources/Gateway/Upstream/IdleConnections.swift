/// Connections to one server that wait for a next request, on one event loop.
///
/// Pools of several cells share them when they reach the same address without TLS: what has been said on a connection is
/// over, and a server that many cells lead to needs no connections for each of them.
final class IdleConnections {
    /// The most recently used stands last and is taken first: it is the least likely to be stale.
    private var connections: [HTTP1Upstream] = []

    var count: Int { connections.count }

    func add(_ connection: HTTP1Upstream) { connections.append(connection) }

    func take() -> HTTP1Upstream? { connections.popLast() }

    /// False when it was not there.
    func remove(_ connection: HTTP1Upstream) -> Bool {
        guard let index = connections.lastIndex(where: { $0 === connection }) else { return false }
        connections.remove(at: index)
        return true
    }

    /// Those that this pool has used last.
    func takeAll(of pool: UpstreamPool) -> [HTTP1Upstream] {
        let found = connections.filter { $0.pool === pool }
        if !found.isEmpty { connections.removeAll { $0.pool === pool } }
        return found
    }
}
