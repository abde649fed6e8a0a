/// What rules did since the counters were last taken.
struct TransformCounters {
    /// Why a line is not sent: the values of the label `reason`.
    enum Reason: Int, CaseIterable {
        case filtered
        case tooOld
        case rateLimit
        case unparsed

        var label: String {
            switch self {
            case .filtered: "filtered"
            case .tooOld: "too_old"
            case .rateLimit: "rate_limit"
            case .unparsed: "unparsed"
            }
        }
    }

    private(set) var dropped = [Int](repeating: 0, count: Reason.allCases.count)
    /// Dropped lines by tenant, which the tenants' counters of read lines want.
    private(set) var droppedByTenant: [TenantID: Int] = [:]
    /// Replaced values by kind.
    private(set) var redacted: [String: Int] = [:]
    private(set) var isEmpty = true

    mutating func drop(_ reason: Reason, _ tenant: TenantID) {
        dropped[reason.rawValue] += 1
        droppedByTenant[tenant, default: 0] += 1
        isEmpty = false
    }

    mutating func redact(_ kind: String, _ count: Int) {
        redacted[kind, default: 0] += count
        isEmpty = false
    }
}
