/// A business service behind the gateway and the servers that answer for it.
public struct CellDefinition: Sendable, Hashable {
    /// `[a-z0-9-]{1,63}`: the path segment after `/api/v1/`.
    public var name: String
    /// Tried in turn.
    public var upstreams: [UpstreamAddress]
    /// Removes `/api/v1/<cell>` from the path that is forwarded.
    public var stripPrefix: Bool
    /// Absent: every upstream counts as healthy.
    public var health: HealthCheck?
    /// The largest request body in bytes; absent: the limit of all cells.
    public var bodyBytes: Int?
    /// How requests are spread, repeated, limited and timed.
    public var policy = CellPolicySettings()
    /// What the cell, and each of its tenants, may be asked.
    public var limits = CellLimits()
    /// How its upstreams are spoken to.
    public var transport = UpstreamTransport()
    /// WebSocket upgrades are passed on.
    public var allowsWebSocket = true

    /// A cell; without upstreams its requests get `UPSTREAM_UNAVAILABLE`.
    public init(
        name: String, upstreams: [UpstreamAddress], stripPrefix: Bool = false, health: HealthCheck? = nil,
        bodyBytes: Int? = nil
    ) {
        self.bodyBytes = bodyBytes
        self.name = name
        self.upstreams = upstreams
        self.stripPrefix = stripPrefix
        self.health = health
    }

    /// Whether the bytes are a cell's name by the contract.
    public static func isValidName(_ name: some Sequence<UInt8>) -> Bool {
        var count = 0
        for byte in name {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                count += 1
            default:
                return false
            }
            if count > 63 { return false }
        }
        return count > 0
    }
}

/// One server of a cell.
public struct UpstreamAddress: Sendable, Hashable {
    /// As configured, for reports: `http://127.0.0.1:9001`.
    public var url: String
    /// A name or an address, IPv6 without brackets.
    public var host: String
    /// 1 to 65535.
    public var port: Int
    /// `https`.
    public var isSecure: Bool
    /// Its share of the cell's requests, 1 to 100.
    public var weight: Int

    /// The parts of an URL that has already been checked.
    public init(url: String, host: String, port: Int, isSecure: Bool = false, weight: Int = 1) {
        self.url = url
        self.host = host
        self.port = port
        self.isSecure = isSecure
        self.weight = weight
    }
}

/// An active check: `GET path` at an interval, healthy when it answers 200 to 399 in time.
public struct HealthCheck: Sendable, Hashable {
    /// Begins with `/`.
    public var path: String
    /// Between two checks of one upstream, in nanoseconds.
    public var intervalNanos: Int64
    /// For connecting and the whole answer, in nanoseconds.
    public var timeoutNanos: Int64
    /// Failed checks in a row that make it unhealthy.
    public var unhealthyAfter: Int
    /// Good checks in a row that make it healthy again.
    public var healthyAfter: Int

    /// 5 s, 1 s, 2, 1.
    public init(
        path: String,
        intervalNanos: Int64 = 5_000_000_000,
        timeoutNanos: Int64 = 1_000_000_000,
        unhealthyAfter: Int = 2,
        healthyAfter: Int = 1
    ) {
        self.path = path
        self.intervalNanos = intervalNanos
        self.timeoutNanos = timeoutNanos
        self.unhealthyAfter = unhealthyAfter
        self.healthyAfter = healthyAfter
    }
}
