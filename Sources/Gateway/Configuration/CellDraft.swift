import StrictYAML

/// A cell while its keys are being read.
struct CellDraft: Sendable {
    var name: String?
    var upstreams: [UpstreamAddress] = []
    var stripPrefix = false
    var bodyBytes: Int?
    var allowsWebSocket = true
    var healthPath: String?
    var health = HealthCheck(path: "/")
    var policy = CellPolicySettings()
    var hasCircuit = true
    var circuit = CircuitBreakerSettings()
    var hasConcurrency = false
    var concurrency = ConcurrencySettings()
    var limits = CellLimits()
    var transport = UpstreamTransport()

    /// The keys of one item of `cells`.
    static let table = SettingTable<CellDraft>(
        settings: ownKeys + healthKeys + transportKeys + balancingKeys + failureKeys + limitKeys)

    private static let ownKeys: [Setting<CellDraft>] = [
        .optional(
            "name", \.name,
            .text("a cell name", "[a-z0-9-]{1,63}") { CellDefinition.isValidName($0.utf8) },
            "Unique; the path segment after `/api/v1/`. Required."),
        Setting(
            key: "upstreams", unit: "list of URLs", limits: "1 … 256; each a URL or { url, weight: 1 … 100 }",
            summary: "The servers that answer for the cell: `http://host:port` or `https://host:port`. Required."
        ) { node, draft throws(YAMLError) in
            draft.upstreams = try UpstreamItem.readAll(node)
        } show: {
            .list($0.upstreams.map(UpstreamItem.text))
        },
        .value(
            "strip_prefix", \.stripPrefix, .boolean, "Removes `/api/v1/<cell>` from the path that is forwarded."),
        .optional(
            "body_limit", \.bodyBytes, .bytes(in: 0...1_099_511_627_776),
            "The largest request body; absent: `limits.body`."),
        .value(
            "websocket", \.allowsWebSocket, .boolean,
            "Passes WebSocket upgrades on; otherwise `Upgrade` is ignored."),
    ]

    private static let healthKeys: [Setting<CellDraft>] = [
        .optional(
            "health.path", \.healthPath,
            .text("a path", "begins with /") { text in
                text.hasPrefix("/") && text.utf8.count <= 1_024
                    && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            },
            "Turns active checks on: `GET` of this path, healthy at 200 to 399. Cells of HTTP/2 are only connected to."),
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
    ]

    init() {}

    init(_ cell: CellDefinition) {
        name = cell.name
        upstreams = cell.upstreams
        stripPrefix = cell.stripPrefix
        bodyBytes = cell.bodyBytes
        allowsWebSocket = cell.allowsWebSocket
        healthPath = cell.health?.path
        if let check = cell.health { health = check }
        policy = cell.policy
        hasCircuit = cell.policy.circuit != nil
        if let settings = cell.policy.circuit { circuit = settings }
        hasConcurrency = cell.policy.concurrency != nil
        if let settings = cell.policy.concurrency { concurrency = settings }
        limits = cell.limits
        transport = cell.transport
    }

    /// Reads one item of the list.
    static func read(_ node: YAMLNode) throws(YAMLError) -> CellDefinition {
        var draft = CellDraft()
        let places = try table.read(node, into: &draft)
        guard let name = draft.name else { throw node.failure("'name' is missing") }
        guard !draft.upstreams.isEmpty else { throw node.failure("'upstreams' is missing") }
        try draft.checkTogether(places)
        var cell = draft.definition(name)
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
        guard (draft.transport.certificateFile == nil) == (draft.transport.keyFile == nil) else {
            throw (places["tls"] ?? node).failure("'certificate' and 'key' belong together")
        }
        return cell
    }

    /// What no key can see alone: pairs of which one must not be below the other. Where one of them is not written, it
    /// follows the other.
    private mutating func checkTogether(_ places: [String: YAMLNode]) throws(YAMLError) {
        try order("concurrency.min", \.concurrency.min, "concurrency.max", \.concurrency.max, places)
        try order("circuit.open", \.circuit.openNanos, "circuit.max_open", \.circuit.maxOpenNanos, places)
        try order(
            "outliers.ejection", \.policy.outliers.ejectionNanos, "outliers.max_ejection",
            \.policy.outliers.maxEjectionNanos, places)
    }

    private mutating func order<Value: Comparable>(
        _ lowerKey: String, _ lower: WritableKeyPath<CellDraft, Value>, _ upperKey: String,
        _ upper: WritableKeyPath<CellDraft, Value>, _ places: [String: YAMLNode]
    ) throws(YAMLError) {
        guard self[keyPath: lower] > self[keyPath: upper] else { return }
        guard let place = places[upperKey] else {
            self[keyPath: upper] = self[keyPath: lower]
            return
        }
        guard places[lowerKey] == nil else { throw place.failure("must not be below \(lowerKey)") }
        self[keyPath: lower] = self[keyPath: upper]
    }

    private func definition(_ name: String) -> CellDefinition {
        var cell = CellDefinition(name: name, upstreams: upstreams, stripPrefix: stripPrefix, bodyBytes: bodyBytes)
        cell.allowsWebSocket = allowsWebSocket
        cell.policy = policy
        // A wait that was asked for is not shortened before it is over.
        let queue = policy.queue
        cell.policy.queue.overloadedAfterNanos = max(queue.overloadedAfterNanos, queue.waitNanos)
        cell.policy.circuit = hasCircuit ? circuit : nil
        cell.policy.concurrency = hasConcurrency ? concurrency : nil
        cell.limits = limits
        cell.transport = transport
        return cell
    }

    /// The lines of an item: what a cell must have, and what differs from the defaults.
    static func lines(_ cell: CellDefinition) -> [String] {
        let draft = CellDraft(cell)
        let defaults = CellDraft()
        return table.lines(draft) { setting in
            if setting.key.hasPrefix("health.") { return cell.health != nil }
            return ["name", "upstreams", "strip_prefix"].contains(setting.key)
                || setting.show(draft) != setting.show(defaults)
        }
    }
}

/// One item of a cell's `upstreams`.
private enum UpstreamItem {
    static func readAll(_ node: YAMLNode) throws(YAMLError) -> [UpstreamAddress] {
        let nodes = try node.sequence()
        guard (1...256).contains(nodes.count) else {
            throw node.failure("\(nodes.count) items; 1 to 256 are accepted")
        }
        var all: [UpstreamAddress] = []
        for node in nodes { all.append(try read(node)) }
        return all
    }

    private static func read(_ node: YAMLNode) throws(YAMLError) -> UpstreamAddress {
        guard node.scalarText == nil else { return try address(node) }
        var mapping = try node.mapping()
        guard let url = mapping.take("url") else { throw node.failure("'url' is missing") }
        var upstream = try address(url)
        if let weight = mapping.take("weight") {
            upstream.weight = try ValueCodec<Int>.integer(in: 1...100).read(weight)
        }
        try mapping.finish()
        return upstream
    }

    private static func address(_ node: YAMLNode) throws(YAMLError) -> UpstreamAddress {
        try ValueCodec<UpstreamAddress>.parsed("URL", "") { text throws(InvalidValue) in
            try UpstreamAddress(parsing: text)
        } print: {
            $0.url
        }.read(node)
    }

    static func text(_ upstream: UpstreamAddress) -> String {
        let url = YAMLText.scalar(upstream.url)
        return upstream.weight == 1 ? url : "{ url: \(url), weight: \(upstream.weight) }"
    }
}
