/// A cell as answers show it: what the governance centre said and what the gateway's own checks found.
struct CellReport: Sendable, Equatable {
    var name: String
    var status: CellHealth.Status
    var upstreams: [CellHealth.Upstream]
    /// RFC 3339: the last check, or when the cell became known.
    var checkedAt: String
    var isCircuitOpen: Bool

    /// - Parameters:
    ///   - cell: as the configuration, the registry or the governance centre has it.
    ///   - health: what the gateway's own checks say of it, if it has any.
    init(_ cell: GovernedCell, health: CellHealth?) {
        name = cell.name
        status = Self.worse(cell.status, health?.status ?? .unknown)
        upstreams = cell.upstreams.map { upstream in
            let own = health?.upstreams.first { $0.url == upstream.address.url }
            return CellHealth.Upstream(
                url: upstream.address.url, status: Self.worse(upstream.status, own?.status ?? .unknown),
                isEjected: own?.isEjected ?? false)
        }
        isCircuitOpen = health?.isCircuitOpen ?? false
        checkedAt = health?.checkedAtMillis.map(RFC3339.text(millis:)) ?? cell.checkedAt
    }

    /// Somebody who saw a failure is believed over somebody who did not, and both over somebody who does not know.
    private static func worse(_ left: CellHealth.Status, _ right: CellHealth.Status) -> CellHealth.Status {
        if left == .down || right == .down { return .down }
        return left == .up || right == .up ? .up : .unknown
    }

    /// The contract's shape.
    var json: JSONValue {
        .object([
            "name": .string(name), "status": .string(status.rawValue),
            "upstreams": .array(
                upstreams.map { .object(["url": .string($0.url), "status": .string($0.status.rawValue)]) }),
            "checked_at": .string(checkedAt),
        ])
    }
}
