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
        var options = BridgeFactory.Options()
        options.timerNative = NativeHistogramOptions()
        options.helpByLabel = ["hb.requests": "Requests that were answered."]
        MetricsSystem.bootstrap(BridgeFactory(registry: registry, options: options))

        let router = Router()
        router.add(middleware: MetricsMiddleware())
        router.get("/hello/:name") { _, context in
            "Hello, \(try context.parameters.require("name"))!\n"
        }
        router.get("/metrics") { request, _ in try metrics(of: registry, for: request) }
        let port = Environment().get("PORT").flatMap { Int($0) } ?? 8080
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)))
        try await application.runService()
    }

    /// The page in the format, the compression and with the names that the scraper asks for.
    private static func metrics(of registry: MetricsRegistry, for request: Request) throws -> Response {
        let scrape = ScrapeRequest(
            accept: request.headers[.accept], acceptEncoding: request.headers[.acceptEncoding],
            query: request.uri.query)
        var page = ByteBuffer()
        let plan = try registry.scrape(scrape) { page.writeBytes($0) }
        var headers: HTTPFields = [.contentType: plan.contentType, .vary: plan.vary]
        headers[.contentEncoding] = plan.contentEncoding
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: page))
    }
}
