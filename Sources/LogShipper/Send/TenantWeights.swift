/// Which tenants get more than one share, by the first entry of `tenants` that matches.
struct TenantWeights: Sendable {
    private var entries: [(match: [String], weight: Int)] = []

    init(_ rules: [TenantRules] = []) {
        guard rules.contains(where: { $0.weight > 1 }) else { return }
        entries = rules.map { ($0.match, $0.weight) }
    }

    func weight(of tenant: String) -> Int {
        entries.first { $0.match.contains { TenantPattern.matches($0, tenant) } }?.weight ?? 1
    }
}
