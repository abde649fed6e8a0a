/// Everything the data plane is started with. Listeners, loops, pools and tables need a restart to change.
public struct DataPlaneSettings: Sendable, Equatable {
    /// Where clients connect.
    public var listen: SocketEndpoint
    /// Event loops that serve clients, each with a listener, an upstream pool, a metric shard and a log ring.
    public var loops: Int
    /// The tenant rule.
    public var tenancy: TenancySettings
    /// Sizes beyond which a message is refused.
    public var limits: MessageLimits
    /// How long each phase of a request may take.
    public var timeouts: PhaseTimeouts
    /// Bounds and life time of kept upstream connections.
    public var pool: PoolSettings
    /// Open client connections over all loops; one more is closed at once.
    public var maxConnections: Int
    /// Peers whose `X-Forwarded-*` and `Forwarded` are believed.
    public var trustedProxies: [AddressRange]
    /// Which tenants may have a metric label of their own.
    public var tenants: TenantLabelSettings
    /// What one tenant or one address may take of all cells together.
    public var quotas = LimitSettings()
    /// When the gateway has too much to do, and whom it refuses then.
    public var overload = OverloadSettings()
    /// The TLS listener.
    public var tls = TLSSettings()
    /// Successful requests that are logged, in thousandths; all others always are.
    public var logSamplePermille = 1_000

    /// The documented defaults; set what differs.
    public init(
        listen: SocketEndpoint = SocketEndpoint(host: "0.0.0.0", port: 8080),
        loops: Int = 1,
        tenancy: TenancySettings = TenancySettings(),
        limits: MessageLimits = MessageLimits(),
        timeouts: PhaseTimeouts = PhaseTimeouts(),
        pool: PoolSettings = PoolSettings(),
        maxConnections: Int = 10_000,
        trustedProxies: [AddressRange] = [],
        tenants: TenantLabelSettings = TenantLabelSettings()
    ) {
        self.listen = listen
        self.loops = loops
        self.tenancy = tenancy
        self.limits = limits
        self.timeouts = timeouts
        self.pool = pool
        self.maxConnections = maxConnections
        self.trustedProxies = trustedProxies
        self.tenants = tenants
    }
}
