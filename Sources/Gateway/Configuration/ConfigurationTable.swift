import StrictYAML

private let millisecond: Int64 = 1_000_000
private let second: Int64 = 1_000_000_000
private let minute: Int64 = 60_000_000_000
private let hour: Int64 = 3_600_000_000_000

extension ValueCodec where Value == SocketEndpoint {
    fileprivate static var endpoint: Self {
        .parsed("an address", "host:port; port 0 takes a free one") { text throws(InvalidValue) in
            try SocketEndpoint(parsing: text)
        } print: {
            $0.description
        }
    }
}

extension ValueCodec where Value == HTTPURL {
    fileprivate static var url: Self {
        .parsed("URL", "http or https, no user info, no query") { text throws(InvalidValue) in
            try HTTPURL(text)
        } print: {
            $0.text
        }
    }
}

extension ValueCodec where Value == ScrapeSource {
    fileprivate static var page: Self {
        .parsed("URL or job=URL", "http or https, no user info, no query") { text throws(InvalidValue) in
            try ScrapeSource(parsing: text)
        } print: {
            $0.text
        }
    }
}

extension ValueCodec where Value == AddressRange {
    fileprivate static var network: Self {
        .parsed("network", "an address or CIDR block") { text throws(InvalidValue) in
            guard let range = AddressRange(text) else {
                throw InvalidValue("expected a network like 10.0.0.0/8 or ::1, found '\(text.prefix(60))'")
            }
            return range
        } print: {
            $0.description
        }
    }
}

extension GatewayConfiguration {
    typealias Key = Setting<GatewayConfiguration>

    /// Every key of the file, in the order of the documentation.
    static let table = SettingTable<GatewayConfiguration>(
        settings: listenerKeys + tlsKeys + tenancyKeys + limitKeys + timeoutKeys + logKeys + governanceKeys + rulesKeys
            + cellKeys)

    private static let listenerKeys: [Key] = [
        .value(
            "listen", \.dataPlane.listen, .endpoint, env: "GATEWAY_LISTEN",
            "Where clients connect."),
        .value(
            "loops", \.dataPlane.loops, .integer(in: 0...256), env: "GATEWAY_LOOPS",
            "Event loops that serve clients; 0 means one per core."),
        .value(
            "ops.listen", \.ops.listen, .endpoint, env: "GATEWAY_OPS_LISTEN",
            "Where `/metrics`, the probes, the alerts and the status page are served; keep it from the outside."),
        .value(
            "ops.refresh", \.ops.refreshSeconds, .integer(in: 1...3_600), unit: "seconds",
            "How often the status page loads itself again."),
        .optional(
            "admin.token", \.admin.token,
            .text("a token", "1 … 4096 visible ASCII characters", where: AdminSettings.isToken),
            env: "GATEWAY_ADMIN_TOKEN", isSecret: true,
            "The static admin token. Without one the health summary and all changes are refused."),
        .optional(
            "admin.token_file", \.admin.tokenFile, .path, env: "GATEWAY_ADMIN_TOKEN_FILE",
            "A file with the token, read at start and at every reload."),
        .value(
            "reload.watch", \.watchesFile, .boolean, env: "GATEWAY_RELOAD_WATCH",
            "Takes a change of the configuration file by itself, within two seconds; certificates always are."),
        .list(
            "trusted_proxies", \.dataPlane.trustedProxies, .network, atMost: 256, env: "GATEWAY_TRUSTED_PROXIES",
            "Peers whose `X-Forwarded-*` and `Forwarded` are believed."),
    ]

    private static let tenancyKeys: [Key] = [
        .value(
            "tenancy.required", \.dataPlane.tenancy.required, .boolean, env: "GATEWAY_REQUIRE_TENANT_ID",
            "Refuses a request of a cell that names no tenant with `MISSING_TENANT_ID`."),
        .value(
            "tenancy.header", \.dataPlane.tenancy.header,
            .text("a header name", "letters, digits and hyphens, 1 … 64") { name in
                (1...64).contains(name.utf8.count)
                    && name.utf8.allSatisfy { byte in
                        Unicode.Scalar(byte).properties.isAlphabetic && byte < 0x80
                            || (48...57).contains(byte) || byte == UInt8(ascii: "-")
                    }
            }, env: "GATEWAY_TENANT_HEADER",
            "The header that names the tenant."),
        .list(
            "tenancy.provisioned", \.dataPlane.tenants.provisioned,
            .text("a tenant id", "1 … 64 of A-Z a-z 0-9 . _ -, first a letter or digit", where: isTenant),
            atMost: 10_000, env: "GATEWAY_TENANTS",
            "Tenants that always have metric labels of their own."),
        .value(
            "metrics.max_tenants", \.dataPlane.tenants.maxTenants, .integer(in: 0...10_000),
            env: "GATEWAY_MAX_TENANTS",
            "Further tenants with labels of their own, the busiest; the rest counts as `_other`."),
    ]

    private static let limitKeys: [Key] = [
        .value(
            "limits.head", \.dataPlane.limits.headBytes, .bytes(in: 1_024...1_048_576),
            "Start line and headers of a request; more is 431."),
        .value(
            "limits.field", \.dataPlane.limits.fieldBytes, .bytes(in: 256...1_048_576),
            "One header line; more is 431. At most `limits.head`."),
        .value(
            "limits.fields", \.dataPlane.limits.fields, .integer(in: 8...10_000),
            "Header lines; more is 431."),
        .value(
            "limits.uri", \.dataPlane.limits.uriBytes, .bytes(in: 128...1_048_576),
            "The request target; more is 414. At most `limits.head`."),
        .value(
            "limits.body", \.dataPlane.limits.bodyBytes, .bytes(in: 0...1_099_511_627_776), env: "GATEWAY_BODY_LIMIT",
            "A request body; more is 413."),
        .value(
            "limits.connections", \.dataPlane.maxConnections, .integer(in: 1...1_000_000),
            env: "GATEWAY_MAX_CONNECTIONS",
            "Open client connections; one more is closed at once."),
        .optional(
            "limits.tenant_rate", \.dataPlane.quotas.tenantRate, .rate, env: "GATEWAY_TENANT_RATE",
            "Requests of one tenant, to all cells; more are `RATE_LIMITED`."),
        .optional(
            "limits.address_rate", \.dataPlane.quotas.addressRate, .rate, env: "GATEWAY_ADDRESS_RATE",
            "Requests of one client address (IPv6: of one /64) whose tenant no token has proved, whatever they name."),
        .value(
            "limits.tenant_concurrency", \.dataPlane.quotas.tenantInFlight, .integer(in: 0...1_000_000),
            "Requests of one tenant in flight; 0: no limit."),
        .value(
            "limits.rate_keys", \.dataPlane.quotas.rateTable.keys, .integer(in: 64...16_777_216),
            "Tenants and addresses that are remembered for the rates, 16 bytes each."),
        .value(
            "overload.lag", \.dataPlane.overload.lagNanos, .duration(in: millisecond...10 * second),
            "Event-loop lag from which tenants above their fair share are refused with `OVERLOADED`."),
        .value(
            "overload.in_flight", \.dataPlane.overload.inFlight, .integer(in: 1...10_000_000),
            "Requests in flight on one event loop from which they are."),
        .value(
            "overload.max_refused_percent", \.dataPlane.overload.maxRefusedPercent, .integer(in: 0...100),
            "The most that is refused so; 0: nothing."),
        .value(
            "pool.max_idle", \.dataPlane.pool.maxIdle, .integer(in: 0...65_536),
            "Idle connections kept for one address, whichever cells it is an upstream of, for each event loop."),
        .value(
            "pool.max_active", \.dataPlane.pool.maxActive, .integer(in: 1...65_536),
            "Connections in use to one upstream, for each event loop; one more request is `OVERLOADED`."),
        .value(
            "pool.idle", \.dataPlane.pool.idleNanos, .duration(in: 100 * millisecond...hour),
            "How long an idle upstream connection is kept."),
    ]

    private static let timeoutKeys: [Key] = [
        .value(
            "timeouts.head", \.dataPlane.timeouts.headNanos, .duration(in: 100 * millisecond...hour),
            "From a request's first byte to the end of its headers: 408."),
        .value(
            "timeouts.body", \.dataPlane.timeouts.bodyNanos, .duration(in: 100 * millisecond...hour),
            "Without progress of a request body, or of a client that reads its response: 408."),
        .value(
            "timeouts.idle", \.dataPlane.timeouts.idleNanos, .duration(in: 100 * millisecond...24 * hour),
            "A client connection without a request is closed."),
        .value(
            "timeouts.connect", \.dataPlane.timeouts.connectNanos, .duration(in: 10 * millisecond...minute),
            "Until an upstream accepts a connection: 502."),
        .value(
            "timeouts.response", \.dataPlane.timeouts.responseNanos, .duration(in: 10 * millisecond...hour),
            env: "GATEWAY_RESPONSE_TIMEOUT",
            "Until an upstream's response begins, and between two pieces of it: 504."),
        .value(
            "timeouts.tunnel", \.dataPlane.timeouts.tunnelNanos, .duration(in: 100 * millisecond...24 * hour),
            "A switched connection (WebSocket) on which nothing is said is closed."),
        .value(
            "drain.delay", \.dataPlane.timeouts.drainDelayNanos, .duration(in: 0...hour),
            "How long SIGTERM goes on as before but for `/readyz`, so that load balancers turn away first."),
        .value(
            "drain.idle", \.dataPlane.timeouts.drainIdleNanos, .duration(in: 0...minute),
            "How long an idle client connection stays open during a drain, for a request that is on its way."),
        .value(
            "drain.deadline", \.dataPlane.timeouts.drainNanos, .duration(in: 0...hour), env: "GATEWAY_DRAIN_DEADLINE",
            "How long SIGTERM waits for requests in flight."),
    ]

    private static let logKeys: [Key] = [
        .value(
            "access_log.path", \.log.path, .path, env: "GATEWAY_ACCESS_LOG",
            "The file; `-` is standard output."),
        .list(
            "access_log.query_keys", \.log.queryKeys,
            .text("a query key", "1 … 64 bytes") { (1...64).contains($0.utf8.count) }, atMost: 64,
            env: "GATEWAY_ACCESS_LOG_QUERY_KEYS",
            "Query keys whose values are logged; all others are left out."),
        .value(
            "access_log.ring", \.log.ringBytes, .bytes(in: 65_536...268_435_456),
            "Between one event loop and the writing thread; what does not fit is dropped and counted."),
        .value(
            "access_log.sample_permille", \.dataPlane.logSamplePermille, .integer(in: 0...1_000),
            "Answers below 400 that are logged, in thousandths; all others always are."),
        .value(
            "access_log.level", \.log.level, .choice, env: "GATEWAY_LOG_LEVEL",
            "The least important of the program's own messages that is written."),
    ]
}

// MARK: - Governance, rules and cells

extension GatewayConfiguration {
    private static let governanceKeys: [Key] = [
        .optional(
            "governance.mode", \.governance.chosenMode, .choice, env: "GATEWAY_GOVERNANCE_MODE",
            "Who keeps the registry of cells: nobody, this gateway, or `governance.url`. "
                + "Absent: remote with a URL, else none."),
        .optional(
            "governance.url", \.governance.url, .url, env: "GOVERNANCE_URL",
            "The remote governance centre; the environment variable also sets the mode."),
        .value(
            "governance.interval", \.governance.intervalNanos, .duration(in: 100 * millisecond...hour),
            "Between two questions to the remote centre."),
        .value(
            "governance.timeout", \.governance.timeoutNanos, .duration(in: 10 * millisecond...900 * millisecond),
            "For one question; a health summary waits no longer."),
        .value(
            "governance.max_cells", \.governance.maxCells, .integer(in: 1...10_000),
            "Cells taken from the registry; more are refused."),
        .value(
            "governance.max_upstreams", \.governance.maxUpstreams, .integer(in: 1...256),
            "Upstreams of one of these cells."),
    ]

    private static let rulesKeys: [Key] = [
        .list(
            "rules.files", \.rules.files, .path, atMost: 64, env: "GATEWAY_RULES_FILES",
            "Prometheus rule files, relative to the working directory."),
        .value(
            "rules.interval", \.rules.intervalNanos, .duration(in: 100 * millisecond...hour),
            env: "GATEWAY_RULES_INTERVAL",
            "Between two scrapes, and between two evaluations of a group without an interval of its own."),
        .list(
            "rules.scrape", \.rules.scrape, .page, atMost: 64, env: "GATEWAY_RULES_SCRAPE",
            "Metrics pages read besides the gateway's own registry. Without a job of its own a page at port 9465 has "
                + "the job `log-shipper`, any other `scrape`."),
        .value(
            "rules.scrape_timeout", \.rules.scrapeTimeoutNanos, .duration(in: 10 * millisecond...minute),
            "For one of these pages."),
        .list(
            "rules.alertmanagers", \.rules.alertmanagers, .url, atMost: 8, env: "GATEWAY_ALERTMANAGERS",
            "Base addresses of Alertmanagers (API v2)."),
        .labels(
            "rules.external_labels", \.rules.externalLabels, atMost: 32,
            "Labels added to every alert that leaves the gateway."),
        .optional(
            "rules.external_url", \.rules.externalURL, .url, env: "GATEWAY_EXTERNAL_URL",
            "The gateway's address in alerts and templates."),
        .value(
            "rules.retention", \.rules.retentionNanos, .duration(in: minute...48 * hour),
            "How long samples are kept: the longest range that a rule can look back over."),
        .value(
            "rules.max_series", \.rules.maxSeries, .integer(in: 100...10_000_000),
            "Series kept in memory; samples of further ones are dropped."),
    ]

    private static let cellKeys: [Key] = [
        Setting(
            key: "cells", unit: "list of cells", limits: "at most 10000",
            summary: "The business services; see below."
        ) { node, configuration throws(YAMLError) in
            configuration.cells = try readCells(node)
        } show: { configuration in
            .block(
                configuration.cells.flatMap { cell in
                    CellDraft.lines(cell).enumerated().map { ($0.offset == 0 ? "  - " : "    ") + $0.element }
                })
        }
    ]

    private static func readCells(_ node: YAMLNode) throws(YAMLError) -> [CellDefinition] {
        let items = try node.sequence()
        guard items.count <= 10_000 else { throw node.failure("\(items.count) cells; at most 10000 are accepted") }
        var cells: [CellDefinition] = []
        var names: Set<String> = []
        for item in items {
            let cell = try CellDraft.read(item)
            guard names.insert(cell.name).inserted else {
                var mapping = try item.mapping()
                throw (mapping.take("name") ?? item).failure("cell '\(cell.name)' is defined twice")
            }
            cells.append(cell)
        }
        return cells
    }

    static func isTenant(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first, isLetterOrDigit(first) else {
            return false
        }
        return text.utf8.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

extension Setting {
    /// A mapping of label names to values, as Prometheus's `external_labels`.
    fileprivate static func labels(
        _ key: String, _ path: WritableKeyPath<Root, [String: String]> & Sendable, atMost maximum: Int,
        _ summary: String
    ) -> Setting {
        Setting(
            key: key, unit: "label names and values", limits: "at most \(maximum)",
            summary: summary
        ) { node, root throws(YAMLError) in
            let mapping = try node.mapping()
            guard mapping.entries.count <= maximum else {
                throw node.failure("\(mapping.entries.count) labels; at most \(maximum) are accepted")
            }
            var labels: [String: String] = [:]
            for entry in mapping.entries {
                let name = try entry.key.string()
                guard isLabelName(name) else { throw entry.key.failure("'\(name.prefix(40))' is no label name") }
                labels[name] = try entry.value.string()
            }
            root[keyPath: path] = labels
        } show: { root in
            .pairs(root[keyPath: path].sorted { $0.key < $1.key }.map { ($0.key, YAMLText.scalar($0.value)) })
        }
    }

    private static func isLabelName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (1...128).contains(name.utf8.count), !(48...57).contains(first) else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 48...57,
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
