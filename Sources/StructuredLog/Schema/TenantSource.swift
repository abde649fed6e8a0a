/// Where the tenant of a request came from: the `tenant_source` of a line.
public enum TenantSource: UInt8, Sendable, CaseIterable {
    /// Proven by a signed token.
    case token
    /// Claimed by the tenant header.
    case header
    /// The request named no tenant.
    case none
    /// The request named one that was refused.
    case rejected

    /// The word that stands in the line.
    public var name: String { String(describing: keyword) }

    var keyword: StaticString {
        switch self {
        case .token: "token"
        case .header: "header"
        case .none: "none"
        case .rejected: "rejected"
        }
    }
}
