import CurlHTTP
import Exposition
import Foundation
import GatewayMetrics
import TestSupport
import Testing

@testable import LogShipper

/// The shipper's listener with a large registry behind it, wired as in ``Shipper``.
private final class OpsMetricsFixture {
    let registry = MetricsRegistry(prefix: "shipper", shards: 0)
    let feed: ScrapeFeed
    let port: Int
    private let server: OpsServer
    private let worker: PageWorker

    init(series: Int, heldBytes: Int = 64 << 20) throws {
        let service = ScrapeService(registry: registry)
        let family = try registry.counter("shipper_things_total", help: "Things.", labels: ["name"], limit: series)
        for index in 0..<series {
            family.bind(["\(index)-0123456789-0123456789-0123456789-0123456789"]).increment(by: UInt64(index))
        }
        let worker = try PageWorker()
        self.worker = worker
        let limits = ScrapeFeed.Limits(heldBytes: heldBytes, stallNanos: 60_000_000_000)
        let feed = ScrapeFeed(service, limits: limits) { worker.submit($0) }
        self.feed = feed
        let address = try #require(ListenAddress("127.0.0.1:0"))
        server = try OpsServer(address) { request in
            request.path == "/metrics"
                ? Shipper.scrape(request, feed) : .whole(OpsResponse(status: 200, body: Array("ok\n".utf8)))
        }
        port = Int(server.port)
        try worker.start()
        try server.start()
    }

    func stop() {
        server.stop()
        worker.stop()
    }

    /// Everything that comes back on a connection of its own until it ends.
    func exchange(_ request: String) throws -> String {
        let socket = try Loopback.connect(port: port)
        defer { close(socket) }
        Loopback.send(socket, Array(request.utf8))
        return String(decoding: Loopback.receiveAll(socket), as: UTF8.self)
    }

    func fetch(_ headers: [(String, String)] = [], _ query: String = "") throws -> HTTPResponse {
        var request = HTTPRequest(url: "http://127.0.0.1:\(port)/metrics\(query)", headers: headers)
        request.proxy = .none
        request.acceptsCompressed = true
        request.maxBodyBytes = 64 << 20
        return try CurlClient().perform(request)
    }

    /// The value of a series that stands in the registry.
    func value(_ series: String) -> Double? {
        let text = String(decoding: registry.render(.prometheusText004), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line.flatMap { Double($0.dropFirst(series.count + 1)) }
    }
}

@Suite("The shipper's metrics endpoint", .serialized)
struct OpsMetricsTests {
    private static let request = "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    @Test("a page comes in chunks, compressed where asked for, with what caches need")
    func streamed() throws {
        let ops = try OpsMetricsFixture(series: 20_000)
        defer { ops.stop() }
        let response = try ops.fetch()
        #expect(response.status == 200 && response.header("content-encoding") == "gzip")
        #expect(response.header("transfer-encoding") == "chunked" && response.header("cache-control") == "no-store")
        #expect(response.header("vary") == "Accept, Accept-Encoding")
        let events = try ExpositionParser.parse(response.body, mode: .prometheusText)
        #expect(events.count > 20_000)
        let plain = try ops.exchange(Self.request)
        #expect(plain.hasSuffix("\r\n0\r\n\r\n") && !plain.contains("Content-Encoding"))
        let filtered = try ops.fetch([("Accept", "application/openmetrics-text;version=1.0.0")], "?name[]=nothing")
        #expect(filtered.body == Array("# EOF\n".utf8))
    }

    @Test("HTTP/1.0 gets a page that ends with the connection, HEAD its headers, pipelined requests their order")
    func framing() throws {
        let ops = try OpsMetricsFixture(series: 5_000)
        defer { ops.stop() }
        let old = try ops.exchange("GET /metrics HTTP/1.0\r\n\r\n")
        #expect(!old.contains("Transfer-Encoding") && old.contains("Connection: close\r\n") && old.count > 400_000)
        let head = try ops.exchange("HEAD /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 200") && head.hasSuffix("\r\n\r\n") && head.count < 400)
        let both = try ops.exchange("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n" + Self.request)
        #expect(both.components(separatedBy: "HTTP/1.1 200 OK").count == 3 && both.hasSuffix("\r\n0\r\n\r\n"))
    }

    @Test("a scraper that does not read holds up neither probes nor other scrapers, and costs no more than the bound")
    func slow() throws {
        let bound = 1 << 20
        let ops = try OpsMetricsFixture(series: 100_000, heldBytes: bound)
        defer { ops.stop() }
        let slow = try Loopback.connect(port: ops.port)
        Loopback.send(slow, Array(Self.request.utf8))
        #expect(eventually { ops.feed.heldBytes > bound - 70_000 })
        #expect(ops.feed.heldBytes <= bound)
        #expect(try ops.exchange("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").hasSuffix("ok\n"))
        let late = Loopback.receiveAll(slow)
        close(slow)
        #expect(late.count > 8_000_000 && late.suffix(5) == [0x30, 13, 10, 13, 10])
        #expect(eventually { ops.feed.heldBytes == 0 && ops.feed.openReaders == 0 })
    }

    @Test("a scraper that goes away ends its rendering")
    func gone() throws {
        let ops = try OpsMetricsFixture(series: 100_000, heldBytes: 1 << 20)
        defer { ops.stop() }
        let socket = try Loopback.connect(port: ops.port)
        Loopback.send(socket, Array(Self.request.utf8))
        #expect(eventually { ops.feed.heldBytes > 900_000 })
        close(socket)
        #expect(eventually { ops.feed.heldBytes == 0 && ops.feed.openReaders == 0 })
        #expect(eventually { ops.value("shipper_metrics_scrapes_total{result=\"failed\"}") == 1 })
    }

    @Test("a page that ran out of time ends in a way that nobody takes for its end", arguments: ["1.0", "1.1"])
    func truncated(version: String) throws {
        let ops = try OpsMetricsFixture(series: 100_000, heldBytes: 1 << 20)
        defer { ops.stop() }
        let socket = try Loopback.connect(port: ops.port)
        defer { close(socket) }
        let request = "GET /metrics HTTP/\(version)\r\nHost: a\r\nX-Prometheus-Scrape-Timeout-Seconds: 1\r\n\r\n"
        Loopback.send(socket, Array(request.utf8))
        #expect(eventually { ops.value("shipper_metrics_scrapes_total{result=\"timeout\"}") == 1 })
        var body: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var count = recv(socket, &buffer, buffer.count, 0)
        while count > 0 {
            body += buffer[..<count]
            count = recv(socket, &buffer, buffer.count, 0)
        }
        let error = errno
        #expect(body.count > 100_000)
        if version == "1.0" {
            #expect(count < 0 && error == ECONNRESET)
        } else {
            #expect(body.suffix(5) != [0x30, 13, 10, 13, 10])
        }
    }

    @Test("the end of the program breaks a page off")
    func stopping() throws {
        let ops = try OpsMetricsFixture(series: 100_000, heldBytes: 1 << 20)
        let socket = try Loopback.connect(port: ops.port)
        Loopback.send(socket, Array(Self.request.utf8))
        #expect(eventually { ops.feed.heldBytes > 900_000 })
        ops.stop()
        #expect(ops.feed.heldBytes == 0 && ops.feed.openReaders == 0)
        #expect(Loopback.receiveAll(socket).suffix(5) != [0x30, 13, 10, 13, 10])
        close(socket)
    }
}
