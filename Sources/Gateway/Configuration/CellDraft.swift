import StrictYAML

/// A cell while its keys are being read.
struct CellDraft: Sendable {
    var name: String?
    var upstreams: [UpstreamAddress] = []
    var stripPrefix = false
    var bodyBytes: Int?
    var healthPath: String?
    var health = HealthCheck(path: "/")

    /// The keys of one item of `cells`.
    static let table = SettingTable<CellDraft>(settings: [
        .optional(
            "name", \.name,
            .text("a cell name", "[a-z0-9-]{1,63}") { CellDefinition.isValidName($0.utf8) },
            "Unique; the path segment after `/api/v1/`. Required."),
        .list(
            "upstreams", \.upstreams,
            .parsed("URL", "http://host:port") { text throws(InvalidValue) in
                try UpstreamAddress(parsing: text)
            } print: {
                $0.url
            },
            atMost: 256, atLeast: 1, "The servers that answer for the cell, tried in turn. Required."),
        .value(
            "strip_prefix", \.stripPrefix, .boolean, "Removes `/api/v1/<cell>` from the path that is forwarded."),
        .optional(
            "body_limit", \.bodyBytes, .bytes(in: 0...1_099_511_627_776),
            "The largest request body; absent: `limits.body`."),
        .optional(
            "health.path", \.healthPath,
            .text("a path", "begins with /") { text in
                text.hasPrefix("/") && text.utf8.count <= 1_024
                    && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            },
            "Turns active checks on: `GET` of this path, healthy at 200 to 399."),
        .value(
            "health.interval", \.health.intervalNanos, .duration(in: 100_000_000...3_600_000_000_000),
            "Between two checks of one upstream."),
        .value(
            "health.timeout", \.health.timeoutNanos, .duration(in: 10_000_000...60_000_000_000),
            "For connecting and the whole answer."),
        .value(
            "health.unhealthy_after", \.health.unhealthyAfter, .integer(in: 1...100),
            "Failed checks in a row that take an upstream out; the very first check decides alone."),
        .value(
            "health.healthy_after", \.health.healthyAfter, .integer(in: 1...100),
            "Good checks in a row that bring it back."),
    ])

    init() {}

    init(_ cell: CellDefinition) {
        name = cell.name
        upstreams = cell.upstreams
        stripPrefix = cell.stripPrefix
        bodyBytes = cell.bodyBytes
        healthPath = cell.health?.path
        if let check = cell.health { health = check }
    }

    /// Reads one item of the list.
    static func read(_ node: YAMLNode) throws(YAMLError) -> CellDefinition {
        var draft = CellDraft()
        let places = try table.read(node, into: &draft)
        guard let name = draft.name else { throw node.failure("'name' is missing") }
        guard !draft.upstreams.isEmpty else { throw node.failure("'upstreams' is missing") }
        var cell = CellDefinition(
            name: name, upstreams: draft.upstreams, stripPrefix: draft.stripPrefix, bodyBytes: draft.bodyBytes)
        if let path = draft.healthPath {
            draft.health.path = path
            cell.health = draft.health
        } else if let health = places["health"] {
            throw health.failure("'path' is missing")
        }
        var seen: Set<String> = []
        for upstream in cell.upstreams where !seen.insert("\(upstream.host):\(upstream.port)").inserted {
            throw (places["upstreams"] ?? node).failure("upstream \(upstream.url) is given twice")
        }
        return cell
    }

    /// The lines of an item, without the keys of a check that is not there.
    static func lines(_ cell: CellDefinition) -> [String] {
        var lines = table.lines(CellDraft(cell))
        if cell.health == nil, let start = lines.firstIndex(of: "health:") { lines.removeSubrange(start...) }
        return lines
    }
}
