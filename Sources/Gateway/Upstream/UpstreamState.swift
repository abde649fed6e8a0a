import Locking
import Synchronization

/// What all event loops share about one upstream: its address and what the health checks found.
final class UpstreamState: Sendable {
    /// By the active checks.
    enum Health: UInt8 {
        case unknown
        case up
        case down
    }

    let address: UpstreamAddress
    /// `host:port`: the metric label, the log's `upstream` and the `Host` it is asked with.
    let label: String
    /// Of connections to it; a context that cannot be made leaves it without, and no request reaches it.
    let security: StreamSecurity
    /// It is a name, which is looked up again and again.
    let isName: Bool
    private let found: Locked<[InternetAddress]?>
    private let state = Atomic<UInt8>(Health.unknown.rawValue)
    private let checkedAt = Atomic<Int64>(0)
    private let isNameFound = Atomic(true)

    init(_ address: UpstreamAddress, security: StreamSecurity = .none) {
        self.address = address
        self.security = security
        label = SocketEndpoint(host: address.host, port: address.port).description
        let literal = InternetAddress(address.host, port: address.port)
        isName = literal == nil
        found = Locked(literal.map { [$0] })
    }

    /// Where it is; nil as long as its name has not been looked up, none when it has no address.
    var addresses: [InternetAddress]? {
        get { found.withLock { $0 } }
        set { found.withLock { $0 = newValue } }
    }

    /// Whether its name was found this time; true when that is news.
    func noteName(isFound: Bool) -> Bool { isNameFound.exchange(isFound, ordering: .relaxed) != isFound }

    var health: Health {
        get { Health(rawValue: state.load(ordering: .relaxed)) ?? .unknown }
        set { state.store(newValue.rawValue, ordering: .relaxed) }
    }

    /// Of the last finished check, milliseconds since 1970; 0 before the first.
    var checkedAtMillis: Int64 {
        get { checkedAt.load(ordering: .relaxed) }
        set { checkedAt.store(newValue, ordering: .relaxed) }
    }

    /// Unchecked upstreams count as healthy.
    @inline(__always) var isUsable: Bool { health != .down }
}

/// A cell as all event loops share it.
final class CellState: Sendable {
    let definition: CellDefinition
    let upstreams: [UpstreamState]
    let share: CellShare

    /// Upstreams that the cell had before keep what is known of them.
    init(_ definition: CellDefinition, previous: CellState?) throws(TLSError) {
        self.definition = definition
        let isSame =
            previous?.definition.health == definition.health && previous?.definition.transport == definition.transport
        let known = isSame ? previous?.upstreams ?? [] : []
        let context = try Self.context(definition)
        upstreams = definition.upstreams.map { address in
            known.first { $0.address == address }
                ?? UpstreamState(address, security: Self.security(address, definition.transport, context))
        }
        if let previous, previous.definition.upstreams == definition.upstreams,
            previous.definition.policy == definition.policy
        {
            share = previous.share
        } else {
            share = CellShare(upstreams: upstreams.count, definition.policy)
        }
    }

    /// The upstream gets requests.
    func isServing(_ index: Int) -> Bool { upstreams[index].isUsable && share.outliers.isAdmitted(index) }

    /// Nil when none of the upstreams needs one.
    private static func context(_ definition: CellDefinition) throws(TLSError) -> TLSClientContext? {
        guard definition.upstreams.contains(where: \.isSecure) else { return nil }
        return try TLSClientContext(definition.transport.options)
    }

    private static func security(
        _ address: UpstreamAddress, _ transport: UpstreamTransport, _ context: TLSClientContext?
    ) -> StreamSecurity {
        guard address.isSecure, let context else { return .none }
        return .client(context, serverName: transport.serverName ?? address.host)
    }

    var health: CellHealth {
        let parts = upstreams.enumerated().map { index, upstream in
            CellHealth.Upstream(
                url: upstream.address.url, status: Self.status(upstream.health),
                isEjected: !share.outliers.isAdmitted(index))
        }
        let status: CellHealth.Status =
            if parts.contains(where: { $0.status == .up }) {
                .up
            } else if parts.isEmpty || parts.contains(where: { $0.status == .unknown }) {
                .unknown
            } else {
                .down
            }
        let checked = upstreams.map(\.checkedAtMillis).max() ?? 0
        return CellHealth(
            name: definition.name, status: status, upstreams: parts, checkedAtMillis: checked > 0 ? checked : nil,
            isCircuitOpen: share.circuit?.isClosed == false)
    }

    private static func status(_ health: UpstreamState.Health) -> CellHealth.Status {
        switch health {
        case .unknown: .unknown
        case .up: .up
        case .down: .down
        }
    }
}
