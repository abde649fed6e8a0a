import CurlHTTP
import NIOPosix
import Synchronization

/// Sends the tenants' requests at their rates, on one thread, until it is stopped.
///
/// The rates hold whether answers come or not; a tenant with too many requests in flight waits, so that a gateway
/// that hangs cannot make the demo grow.
final class TrafficThread: Sendable {
    private static let maxInFlight = 64
    private let gatewayURL: String
    private let profiles: [TenantProfile]
    private let scores: Scoreboard
    private let isStopping = Atomic<Bool>(false)
    private let isDone = Atomic<Bool>(false)

    init(gatewayURL: String, profiles: [TenantProfile], scores: Scoreboard) {
        self.gatewayURL = gatewayURL
        self.profiles = profiles
        self.scores = scores
    }

    /// Starts the thread.
    func start(on pool: NIOThreadPool) {
        pool.submit { [self] state in
            guard case .active = state else { return isDone.store(true, ordering: .releasing) }
            run()
        }
    }

    /// Asks the thread to stop; it waits for the answers that are still due. ``isFinished`` says when.
    func stop() { isStopping.store(true, ordering: .releasing) }

    var isFinished: Bool { isDone.load(ordering: .acquiring) }

    private func run() {
        defer { isDone.store(true, ordering: .releasing) }
        guard let curl = try? CurlMulti() else { return }
        let start = DemoClock.seconds()
        var plan = TrafficPlan(profiles: profiles)
        var owner: [UInt64: Int] = [:]
        var inFlight = profiles.map { _ in 0 }
        var next: UInt64 = 0
        while !isStopping.load(ordering: .acquiring) || !owner.isEmpty {
            if !isStopping.load(ordering: .acquiring) {
                for request in plan.due(at: DemoClock.seconds() - start) {
                    guard inFlight[request.tenant] < TrafficThread.maxInFlight else { continue }
                    next += 1
                    guard (try? curl.add(httpRequest(request), id: next)) != nil else { continue }
                    owner[next] = request.tenant
                    inFlight[request.tenant] += 1
                }
            }
            for completion in curl.poll(timeoutMillis: 5) {
                guard let tenant = owner.removeValue(forKey: completion.id) else { continue }
                inFlight[tenant] -= 1
                count(completion, tenant: profiles[tenant].name)
            }
        }
    }

    private func count(_ completion: CurlMulti.Completion, tenant: String) {
        switch completion.result {
        case .success(let response): scores.answered(tenant, status: response.status)
        case .failure(let error): scores.failed(tenant, why: "\(error)")
        }
    }

    private func httpRequest(_ planned: TrafficPlan.Request) -> HTTPRequest {
        var request = HTTPRequest(url: gatewayURL + planned.path, totalTimeoutMillis: 10_000)
        request.headers = [("X-Tenant-Id", profiles[planned.tenant].name), ("User-Agent", "gatehouse-demo")]
        if planned.isWrite {
            request.method = "POST"
            request.headers.append(("Content-Type", "application/json"))
            request.body = Array("{\"sample\":true}".utf8)
        }
        request.proxy = .none
        return request
    }
}
