/// How one sample tenant behaves.
struct TenantProfile: Sendable {
    var name: String
    var requestsPerSecond: Double
    var cells: [String]

    /// Eight tenants: most of them quiet, one that makes most of the noise.
    static let samples: [TenantProfile] = [
        TenantProfile(name: "acme", requestsPerSecond: 6, cells: ["erp", "crm"]),
        TenantProfile(name: "globex", requestsPerSecond: 4, cells: ["erp", "crm"]),
        TenantProfile(name: "initech", requestsPerSecond: 3, cells: ["erp"]),
        TenantProfile(name: "umbrella", requestsPerSecond: 3, cells: ["crm"]),
        TenantProfile(name: "hooli", requestsPerSecond: 2, cells: ["erp", "crm"]),
        TenantProfile(name: "stark", requestsPerSecond: 1, cells: ["erp"]),
        TenantProfile(name: "wayne", requestsPerSecond: 0.5, cells: ["crm"]),
        TenantProfile(name: "noisy", requestsPerSecond: 40, cells: ["erp", "crm"]),
    ]
}
