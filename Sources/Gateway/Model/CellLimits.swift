/// What a cell may be asked; nothing is limited by default. The limits of all cells together count beside it.
public struct CellLimits: Sendable, Hashable {
    /// Requests to the cell.
    public var rate: RateLimit?
    /// Requests of one tenant to the cell.
    public var tenantRate: RateLimit?

    /// No limits.
    public init(rate: RateLimit? = nil, tenantRate: RateLimit? = nil) {
        self.rate = rate
        self.tenantRate = tenantRate
    }
}
