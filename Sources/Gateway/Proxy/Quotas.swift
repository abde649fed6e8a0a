/// The limits of tenants and addresses, shared by all event loops.
final class Quotas: Sendable {
    let rates: RateLimiter
    let inFlight: TenantConcurrency
    let keys: LimitKeyHash
    let tenantRule: RateRule?
    let addressRule: RateRule?
    /// 0: no limit.
    let tenantInFlight: Int
    private let settings: LimitSettings

    /// What `previous` has counted goes on to count, unless the tables have another size.
    init(_ settings: LimitSettings, previous: Quotas? = nil) {
        self.settings = settings
        var system = SystemRandomNumberGenerator()
        keys = previous?.keys ?? LimitKeyHash(system.next(), system.next())
        let hasTable = previous?.settings.rateTable == settings.rateTable
        rates = hasTable ? previous?.rates ?? RateLimiter(settings.rateTable) : RateLimiter(settings.rateTable)
        inFlight = previous?.inFlight ?? TenantConcurrency(settings.inFlightTable)
        tenantRule = settings.tenantRate.map { RateRule($0) }
        addressRule = settings.addressRate.map { RateRule($0) }
        tenantInFlight = settings.tenantInFlight
    }
}
