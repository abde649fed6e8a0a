import Exposition
import GatewayMetrics

@testable import Gateway

/// The ops listener with a large registry behind it, on a free port.
final class OpsListenerFixture: Sendable {
    let registry: MetricsRegistry
    let feed: ScrapeFeed
    let port: Int
    private let server: LocalServer
    private let io: IOLoop
    private let worker: Worker

    /// `series` counters of about a hundred bytes each in text.
    init(
        series: Int = 3, heldBytes: Int = 64 << 20, stallNanos: UInt64 = 300_000_000, workers: Int = 2,
        timeouts: PhaseTimeouts = PhaseTimeouts()
    ) throws {
        registry = MetricsRegistry(shards: 0)
        let service = ScrapeService(registry: registry)
        let family = try registry.counter(
            "gateway_things_total", help: "Things.", labels: ["name"], limit: max(series, 1))
        for index in 0..<series {
            family.bind(["\(index)-0123456789-0123456789-0123456789-0123456789"]).increment(by: UInt64(index))
        }
        try registry.gauge("gateway_level_ratio", help: "A level.").set(0.5)
        io = try IOLoop()
        worker = Worker(threads: workers)
        let worker = worker
        feed = ScrapeFeed(service, limits: ScrapeFeed.Limits(heldBytes: heldBytes, stallNanos: stallNanos)) {
            worker.submit($0)
        }
        let api = OpsAPI(
            registry: registry, scrapes: feed, renderQueue: RenderQueue(worker: worker), readiness: Readiness(),
            admin: AdminGuard(token: nil), notes: { [] }, rules: { RulesReport() }, status: { StatusPage.empty },
            reload: { .success(ReloadOutcome()) }, reloadWorker: worker, audit: AuditTrail { _, _, _ in })
        server = LocalServer(
            listen: SocketEndpoint(host: "127.0.0.1", port: 0), io: io,
            handler: LocalHandler(serves: api.serves, answer: api.handle), timeouts: timeouts)
        port = try server.start().port
    }

    func client() throws -> RawClient { try RawClient(port: port) }

    /// One request on a connection of its own.
    func get(
        _ target: String = "/metrics", _ fields: String = "", method: String = "GET", version: String = "1.1"
    ) throws -> RawResponse? {
        let client = try client()
        client.send("\(method) \(target) HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n")
        return client.response(toHead: method == "HEAD")
    }

    /// Occupies a worker until the closure is called.
    func occupyWorker() -> @Sendable () -> Void {
        let gate = Gate()
        worker.submit { gate.wait() }
        return { gate.open() }
    }

    func value(_ series: String) -> Double? {
        let text = String(decoding: registry.render(.prometheusText004), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line.flatMap { Double($0.dropFirst(series.count + 1)) }
    }

    func stop() async {
        await server.drain(deadlineNanos: 0).get()
        await worker.stop()
        io.stop()
    }
}
