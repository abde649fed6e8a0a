/// The spools of an output's tenants.
public struct SpoolOptions: Sendable, Equatable {
    /// What becomes of lines for which there is no room.
    public enum WhenFull: String, CaseIterable, Sendable {
        /// They stay in their log files, as those of a tenant without a spool.
        case block
        /// They are dropped and counted.
        case dropNewest = "drop_newest"
        /// Older lines are dropped and counted, a segment at a time.
        case dropOldest = "drop_oldest"
    }

    /// Bytes of all tenants on the disk; 0 for no spools.
    public var maxBytes: Int64 = 1 << 30
    /// Bytes of one tenant on the disk.
    public var tenantMaxBytes: Int64 = 1 << 28
    /// How many tenants may have a spool at a time.
    public var maxTenants = 256
    /// How long requests have to fail before a tenant's lines are spooled, in nanoseconds.
    public var afterNanos: Int64 = 30_000_000_000
    /// What happens when there is no room.
    public var whenFull = WhenFull.block
    /// Files with keys: the first encrypts, all decrypt. None for plain segments.
    public var keyFiles: [String] = []

    /// The defaults.
    public init() {}

    var limits: SpoolLimits {
        SpoolLimits(
            maxBytes: maxBytes, tenantMaxBytes: min(tenantMaxBytes, maxBytes), maxTenants: maxTenants,
            whenFull: whenFull)
    }
}
