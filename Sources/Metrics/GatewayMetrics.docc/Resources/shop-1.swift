import GatewayMetrics
import Hummingbird

@main
struct Shop {
    static func main() async throws {
        let router = Router()
        router.get("/orders") { _, _ in
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...50)))
            return "[]\n"
        }
        try await Application(router: router).runService()
    }
}
