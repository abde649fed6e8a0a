/// What one tenant or one client address may take of the gateway; nothing is limited by default.
public struct LimitSettings: Sendable, Hashable {
    /// Requests of a tenant; nil is no limit.
    public var tenantRate: RateLimit?
    /// Requests of a client address, IPv6 by its /64; nil is no limit.
    public var addressRate: RateLimit?
    /// Requests of a tenant in flight; 0 is no limit, else 1 to 1,000,000.
    public var tenantInFlight: Int
    /// Tenants and addresses that are remembered for the rates.
    public var rateTable: LimitTableSettings
    /// Tenants that may have requests in flight at once with a count of their own.
    public var inFlightTable: LimitTableSettings

    /// No limits; 65,536 and 16,384 places.
    public init(
        tenantRate: RateLimit? = nil,
        addressRate: RateLimit? = nil,
        tenantInFlight: Int = 0,
        rateTable: LimitTableSettings = LimitTableSettings(),
        inFlightTable: LimitTableSettings = LimitTableSettings(keys: 16_384)
    ) {
        self.tenantRate = tenantRate
        self.addressRate = addressRate
        self.tenantInFlight = tenantInFlight
        self.rateTable = rateTable
        self.inFlightTable = inFlightTable
    }
}
