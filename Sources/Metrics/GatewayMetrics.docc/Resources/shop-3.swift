import GatewayMetrics
import Hummingbird

@main
struct Shop {
    static func main() async throws {
        let registry = MetricsRegistry(prefix: "shop", shards: 0)
        let durations = try registry.histogram(
            "shop_request_duration_seconds", help: "How long requests took.", unit: "seconds", labels: ["route"])
        let orders = durations.bind(["/orders"])

        let router = Router()
        router.get("/orders") { _, _ in
            let start = ContinuousClock.now
            defer { orders.observe((ContinuousClock.now - start) / .seconds(1)) }
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...50)))
            return "[]\n"
        }
        try await Application(router: router).runService()
    }
}
