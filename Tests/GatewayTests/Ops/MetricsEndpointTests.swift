import CZlib
import Exposition
import GatewayMetrics
import TestSupport
import Testing

@testable import Gateway

/// `/metrics` over real connections.
@Suite("The metrics endpoint")
struct MetricsEndpointTests {
    @Test("a page is streamed in chunks with the headers that a scraper and a cache need")
    func streamed() async throws {
        let ops = try OpsListenerFixture(series: 20_000)
        let response = try #require(try ops.get())
        #expect(response.status == 200 && response.isComplete)
        #expect(response.field("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
        #expect(response.field("Transfer-Encoding") == "chunked" && response.field("Content-Length") == nil)
        #expect(response.field("Vary") == "Accept, Accept-Encoding")
        #expect(response.field("Cache-Control") == "no-store" && response.field("Content-Encoding") == nil)
        #expect(response.body.count > 1_500_000)
        let samples = try samples(response.body, .prometheusText)
        #expect(samples.filter { $0.name == "gateway_things_total" }.count == 20_000)
        #expect(samples.contains { $0.name == "gateway_level_ratio" && $0.value == 0.5 })
        await ops.stop()
    }

    @Test("a connection serves one scrape after another, also when they were sent at once")
    func kept() async throws {
        let ops = try OpsListenerFixture(series: 5_000)
        let client = try ops.client()
        let request = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
        client.send(request + "HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n" + request)
        let first = try #require(client.response())
        #expect(first.isComplete && first.body.count > 400_000)
        #expect(client.response(toHead: true)?.status == 200)
        #expect(client.response()?.isComplete == true)
        client.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(client.response()?.text == "ok\n")
        await ops.stop()
    }

    @Test("the end of the connection ends the page of an HTTP/1.0 client")
    func old() async throws {
        let ops = try OpsListenerFixture(series: 20_000)
        let response = try #require(try ops.get("/metrics", "Connection: keep-alive\r\n", version: "1.0"))
        #expect(response.field("Transfer-Encoding") == nil && response.field("Content-Length") == nil)
        #expect(response.field("Connection") == "close")
        #expect(try samples(response.body, .prometheusText).count > 20_000)
        await ops.stop()
    }

    @Test("HEAD gets the headers and renders nothing")
    func head() async throws {
        let ops = try OpsListenerFixture()
        let fields = "Accept: application/openmetrics-text;version=1.0.0\r\nAccept-Encoding: gzip\r\n"
        let response = try #require(try ops.get("/metrics", fields, method: "HEAD"))
        #expect(response.status == 200)
        #expect(response.field("Content-Type")?.hasPrefix("application/openmetrics-text; version=1.0.0") == true)
        #expect(response.field("Content-Encoding") == "gzip")
        #expect(ops.value("gateway_metrics_scrapes_total{result=\"ok\"}") == 0)
        await ops.stop()
    }

    @Test("a page is compressed for those who ask, and opens to the same text")
    func gzip() async throws {
        let ops = try OpsListenerFixture(series: 20_000)
        let response = try #require(try ops.get("/metrics", "Accept-Encoding: br, gzip;q=0.5\r\n"))
        #expect(response.field("Content-Encoding") == "gzip" && response.isComplete)
        let text = try #require(gunzip(response.body))
        #expect(response.body.count * 4 < text.count)
        #expect(try samples(text, .prometheusText).count > 20_000)
        #expect(try ops.get("/metrics", "Accept-Encoding: gzip;q=0\r\n")?.field("Content-Encoding") == nil)
        await ops.stop()
    }

    @Test("OpenMetrics and protobuf are served to those who prefer them")
    func formats() async throws {
        let ops = try OpsListenerFixture(series: 2_000)
        let open = try #require(
            try ops.get("/metrics", "Accept: application/openmetrics-text;version=1.0.0;q=0.9,*/*;q=0.1\r\n"))
        #expect(open.field("Content-Type")?.hasPrefix("application/openmetrics-text; version=1.0.0") == true)
        #expect(open.text.hasSuffix("# EOF\n"))
        #expect(try samples(open.body, .openMetrics).count > 2_000)
        let accept = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
        let binary = try #require(try ops.get("/metrics", "Accept: \(accept);q=0.7\r\nAccept: text/plain;q=0.3\r\n"))
        #expect(binary.field("Content-Type")?.hasPrefix("application/vnd.google.protobuf") == true)
        var parser = ProtobufExpositionParser()
        var count = 0
        try binary.body.withUnsafeBytes { bytes in
            try parser.consume(bytes) { if case .sample = $0 { count += 1 } }
        }
        try parser.finish { _ in }
        #expect(count > 2_000)
        await ops.stop()
    }

    @Test("only what a filter names is sent, and nonsense in the headers fails nothing")
    func filtered() async throws {
        let ops = try OpsListenerFixture(series: 2_000)
        let response = try #require(
            try ops.get("/metrics?name%5B%5D=gateway_level_ratio&name[]=nothing", "Accept: ;;,q=x\r\n"))
        #expect(response.status == 200)
        #expect(try samples(response.body, .prometheusText).map(\.name) == ["gateway_level_ratio"])
        let odd = try ops.get("/metrics?&&=&%", "X-Prometheus-Scrape-Timeout-Seconds: nan\r\nAccept-Encoding: ,\r\n")
        #expect(odd?.status == 200)
        await ops.stop()
    }

    private func samples(_ body: [UInt8], _ mode: ExpositionParser.Mode) throws -> [ExpositionSample] {
        try ExpositionParser.parse(body, mode: mode).compactMap {
            if case .sample(let sample) = $0 { sample } else { nil }
        }
    }

    private func gunzip(_ body: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard inflateInit2_(&stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return nil
        }
        defer { inflateEnd(&stream) }
        var input = body
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        return input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            while true {
                let code = piece.withUnsafeMutableBufferPointer { room in
                    stream.next_out = room.baseAddress
                    stream.avail_out = UInt32(room.count)
                    return inflate(&stream, Z_NO_FLUSH)
                }
                output += piece[..<(piece.count - Int(stream.avail_out))]
                if code == Z_STREAM_END { return output }
                guard code == Z_OK else { return nil }
            }
        }
    }
}
