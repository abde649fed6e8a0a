/// A cell as a source of cells knows it.
struct GovernedCell: Sendable, Equatable {
    /// One server and what the source says of it.
    struct Upstream: Sendable, Equatable {
        var address: UpstreamAddress
        var status: CellHealth.Status
    }

    var name: String
    var upstreams: [Upstream]
    var status: CellHealth.Status
    var stripPrefix = false
    var health: HealthCheck?
    /// RFC 3339: when the source last checked or heard of it.
    var checkedAt: String

    /// What the data plane routes by.
    var definition: CellDefinition {
        CellDefinition(name: name, upstreams: upstreams.map(\.address), stripPrefix: stripPrefix, health: health)
    }

    init(
        name: String, upstreams: [Upstream], status: CellHealth.Status, stripPrefix: Bool = false,
        health: HealthCheck? = nil, checkedAt: String
    ) {
        self.name = name
        self.upstreams = upstreams
        self.status = status
        self.stripPrefix = stripPrefix
        self.health = health
        self.checkedAt = checkedAt
    }

    /// A configured cell, of which nothing is known but its definition.
    init(_ definition: CellDefinition, since millis: Int64) {
        self.init(
            name: definition.name,
            upstreams: definition.upstreams.map { Upstream(address: $0, status: .unknown) },
            status: .unknown, stripPrefix: definition.stripPrefix, health: definition.health,
            checkedAt: RFC3339.text(millis: millis))
    }
}
