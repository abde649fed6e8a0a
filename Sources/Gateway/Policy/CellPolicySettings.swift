/// How the gateway treats one cell and its upstreams.
public struct CellPolicySettings: Sendable, Hashable {
    /// Which upstream takes a request.
    public var balancing: BalancingSettings
    /// When an upstream is left out.
    public var outliers: OutlierSettings
    /// When an attempt is repeated.
    public var retries: RetrySettings
    /// When a second attempt runs beside the first.
    public var hedging: HedgeSettings
    /// When the whole cell is given a rest; nil is never.
    public var circuit: CircuitBreakerSettings?
    /// How many requests are in flight; nil is no limit but that of the pools.
    public var concurrency: ConcurrencySettings?
    /// Where requests wait for a place under the concurrency limit.
    public var queue: AdmissionQueueSettings
    /// How long an exchange may take.
    public var deadlines: DeadlineSettings

    /// The defaults of the parts, with a circuit breaker and without a concurrency limit.
    public init(
        balancing: BalancingSettings = BalancingSettings(),
        outliers: OutlierSettings = OutlierSettings(),
        retries: RetrySettings = RetrySettings(),
        hedging: HedgeSettings = HedgeSettings(),
        circuit: CircuitBreakerSettings? = CircuitBreakerSettings(),
        concurrency: ConcurrencySettings? = nil,
        queue: AdmissionQueueSettings = AdmissionQueueSettings(),
        deadlines: DeadlineSettings = DeadlineSettings(connectNanos: 0, headNanos: 0, idleNanos: 0)
    ) {
        self.balancing = balancing
        self.outliers = outliers
        self.retries = retries
        self.hedging = hedging
        self.circuit = circuit
        self.concurrency = concurrency
        self.queue = queue
        self.deadlines = deadlines
    }
}
