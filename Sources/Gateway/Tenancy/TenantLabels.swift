import Locking

/// Which tenants have a label of their own: the provisioned ones, and others first come first served.
final class TenantLabels: Sendable {
    /// The label of requests without a tenant, or with a refused one.
    static let none = "_none"
    /// The label that all tenants beyond the bound share.
    static let other = "_other"

    private struct State {
        var known: Set<String>
        var places: Int
    }

    /// Labels that may exist besides `_none` and `_other`.
    let capacity: Int
    private let state: Locked<State>

    init(_ settings: TenantLabelSettings) {
        let provisioned = Set(settings.provisioned)
        let places = max(0, settings.maxTenants)
        capacity = provisioned.count + places
        state = Locked(State(known: provisioned, places: places))
    }

    /// The tenant's label; a new tenant takes a place while there is one.
    func label(for tenant: String) -> String {
        state.withLock { state in
            if state.known.contains(tenant) { return tenant }
            guard state.places > 0 else { return Self.other }
            state.places -= 1
            state.known.insert(tenant)
            return tenant
        }
    }
}
