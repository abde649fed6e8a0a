/// Whether a tenant must be named, and in which header.
public struct TenancySettings: Sendable, Equatable {
    /// A request without a tenant is refused with `MISSING_TENANT_ID`.
    public var required: Bool
    /// The header that names the tenant, in any case.
    public var header: String

    /// Off, and `X-Tenant-Id`.
    public init(required: Bool = false, header: String = "X-Tenant-Id") {
        self.required = required
        self.header = header
    }
}

/// Which tenants get a metric label of their own.
public struct TenantLabelSettings: Sendable, Equatable {
    /// Tenants that always have one.
    public var provisioned: [String]
    /// Others that may have one at a time, the busiest; all further ones share `_other`.
    public var maxTenants: Int
    /// Whether a tenant that only a header names can have one: while no authentication is configured.
    public var knowsHeaderIDs = true

    /// No provisioned tenants and 200 places.
    public init(provisioned: [String] = [], maxTenants: Int = 200) {
        self.provisioned = provisioned
        self.maxTenants = maxTenants
    }
}
