import Exposition
import GatewayMetrics
import Hummingbird
import Metrics
import MetricsBridge

/// A web application whose middleware reports to swift-metrics, and which serves what it reported on /metrics.
@main
struct HelloMetrics {
    static func main() async throws {
        let registry = MetricsRegistry(prefix: "hello", shards: 0, threadShards: 16)
        try ProcessCollector.register(in: registry)
        MetricsSystem.bootstrap(BridgeFactory(registry: registry))

        let router = Router()
        router.add(middleware: MetricsMiddleware())
        router.get("/hello/:name") { _, context in
            "Hello, \(try context.parameters.require("name"))!\n"
        }
        router.get("/metrics") { request, _ in
            let format = ExpositionFormat.negotiate(accept: request.headers[.accept])
            return Response(
                status: .ok, headers: [.contentType: format.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: registry.render(format))))
        }
        let port = Environment().get("PORT").flatMap { Int($0) } ?? 8080
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)))
        try await application.runService()
    }
}
