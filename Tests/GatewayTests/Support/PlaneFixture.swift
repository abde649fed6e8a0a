import Exposition
import Foundation
import GatewayMetrics
import Locking
import StructuredLog
import TestSupport

@testable import Gateway

/// A whole data plane on a free port, with its log and its metrics, for one test.
final class PlaneFixture: Sendable {
    let plane: DataPlane
    let port: Int
    let registry: MetricsRegistry
    private let log: LogSink
    private let folder: TemporaryDirectory
    private let noted: Noted

    private final class Noted: Sendable {
        let events = Locked([UpstreamEvent]())
    }

    /// What has been said of upstreams so far.
    var events: [UpstreamEvent] { noted.events.withLock { $0 } }

    init(
        cells: [CellDefinition], loops: Int = 1, local: LocalHandler = .none,
        configure: (inout DataPlaneSettings) -> Void = { _ in }
    ) throws {
        var settings = DataPlaneSettings(listen: SocketEndpoint(host: "127.0.0.1", port: 0), loops: loops)
        configure(&settings)
        folder = try TemporaryDirectory("plane")
        registry = MetricsRegistry(shards: loops)
        log = try LogSink(path: folder.file("access.jsonl"), rings: loops)
        log.start()
        let metrics = try GatewayMetricSet(registry: registry)
        let noted = Noted()
        self.noted = noted
        plane = try DataPlane(
            settings: settings, metrics: metrics, accessLog: log, local: local,
            inherited: InheritedSockets(environment: [:])
        ) { event in noted.events.withLock { $0.append(event) } }
        plane.apply(cells: cells)
        port = try plane.start().port
    }

    /// One cell `erp` with these upstreams.
    convenience init(
        upstreams: [Int], loops: Int = 1, configure: (inout DataPlaneSettings) -> Void = { _ in }
    ) throws {
        try self.init(cells: [Self.cell("erp", upstreams)], loops: loops, configure: configure)
    }

    static func cell(_ name: String, _ ports: [Int], health: HealthCheck? = nil) -> CellDefinition {
        let upstreams = ports.map { UpstreamAddress(url: "http://127.0.0.1:\($0)", host: "127.0.0.1", port: $0) }
        var cell = CellDefinition(name: name, upstreams: upstreams, health: health)
        cell.policy.balancing.method = .roundRobin
        return cell
    }

    /// Replaces the cells and waits until every event loop has them.
    func apply(_ cells: [CellDefinition]) {
        plane.apply(cells: cells)
        plane.settle()
    }

    func client() throws -> RawClient { try RawClient(port: port) }

    /// The status of one request on a connection of its own.
    func status(_ request: String) throws -> Int? {
        let client = try client()
        client.send(request)
        return client.response()?.status
    }

    /// Ends everything and returns the access log's lines.
    @discardableResult
    func stop() -> [String] {
        plane.drain(deadlineNanos: 0).wait()
        plane.stop()
        log.close()
        return folder.text("access.jsonl").split(separator: "\n").map(String.init)
    }

    func openMetrics() -> String { String(decoding: registry.render(.openMetrics100), as: UTF8.self) }

    /// Whether the series gets this value; a request is counted right after its answer has been written.
    func metric(_ series: String, becomes value: Double) -> Bool {
        eventually { metric(series) == value }
    }

    /// The value of a series as the scrape shows it; nil when it is absent.
    func metric(_ series: String) -> Double? {
        let text = String(decoding: registry.render(.prometheusText004), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line.flatMap { Double($0.dropFirst(series.count + 1)) }
    }
}
