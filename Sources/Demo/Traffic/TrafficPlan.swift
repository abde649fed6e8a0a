/// Which requests are due: every tenant at its own even rate, its cells in turn, one write in four.
struct TrafficPlan {
    struct Request: Equatable {
        /// Position of the profile.
        var tenant: Int
        var path: String
        var isWrite: Bool
    }

    /// After a pause no more than this is made up for at once.
    private static let maxBurst = 50
    private let profiles: [TenantProfile]
    private var sent: [Int]

    init(profiles: [TenantProfile]) {
        self.profiles = profiles
        sent = profiles.map { _ in 0 }
    }

    mutating func due(at seconds: Double) -> [Request] {
        var requests: [Request] = []
        for (index, profile) in profiles.enumerated() {
            let target = Int(seconds * profile.requestsPerSecond)
            sent[index] = max(sent[index], target - TrafficPlan.maxBurst)
            while sent[index] < target {
                requests.append(request(index, profile, number: sent[index]))
                sent[index] += 1
            }
        }
        return requests
    }

    private func request(_ index: Int, _ profile: TenantProfile, number: Int) -> Request {
        let cell = profile.cells[number % profile.cells.count]
        let resource = cell == "crm" ? "contacts" : "orders"
        let isWrite = number % 4 == 3
        let path = "/api/v1/\(cell)/\(resource)" + (isWrite ? "" : "/\(1000 + number % 500)")
        return Request(tenant: index, path: path, isWrite: isWrite)
    }
}
