/// A cell as a source of cells knows it.
struct GovernedCell: Sendable, Equatable {
    /// One server and what the source says of it.
    struct Upstream: Sendable, Equatable {
        var address: UpstreamAddress
        var status: CellHealth.Status
    }

    /// What the data plane routes by.
    let definition: CellDefinition
    var upstreams: [Upstream]
    var status: CellHealth.Status
    /// RFC 3339: when the source last checked or heard of it.
    var checkedAt: String

    var name: String { definition.name }
    var health: HealthCheck? { definition.health }

    init(
        name: String, upstreams: [Upstream], status: CellHealth.Status, stripPrefix: Bool = false,
        health: HealthCheck? = nil, checkedAt: String
    ) {
        definition = CellDefinition(
            name: name, upstreams: upstreams.map(\.address), stripPrefix: stripPrefix, health: health)
        self.upstreams = upstreams
        self.status = status
        self.checkedAt = checkedAt
    }

    /// A configured cell, of which nothing is known but its definition.
    init(_ definition: CellDefinition, since millis: Int64) {
        self.definition = definition
        upstreams = definition.upstreams.map { Upstream(address: $0, status: .unknown) }
        status = .unknown
        checkedAt = RFC3339.text(millis: millis)
    }
}
