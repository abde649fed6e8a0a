import CurlHTTP
import GatewayMetrics
import Logging
import TestSupport
import Testing

@testable import LogShipper

/// What arrives at a destination, byte by byte.
@Suite("Bodies", .serialized)
struct BodyCaseTests {
    private func start(
        _ directory: TemporaryDirectory, _ url: String, _ compression: ShipperConfiguration.Compression
    ) throws -> Shipper {
        var configuration = ShipperConfiguration(stateDirectory: directory.file("state"))
        configuration.inputs = [ShipperConfiguration.Input(paths: [directory.file("*.log")])]
        var output = ShipperConfiguration.Output(name: "out", type: .ndjson, url: url)
        output.compression = compression
        output.batchMaxAgeNanos = 10_000_000
        output.batchMaxBytes = 4096
        output.proxy = .none
        configuration.outputs = [output]
        configuration.rescanNanos = 10_000_000
        configuration.opsListen = ""
        return try Shipper(
            configuration, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    @Test(
        "case 72: a body is one compressed whole of lines with a final line feed, has its length, and is never empty",
        arguments: [ShipperConfiguration.Compression.gzip, .zstd, .none])
    func bodies(_ compression: ShipperConfiguration.Compression) throws {
        guard compression != .zstd || ZstdCodec.isTrusted else { return }
        let directory = try TemporaryDirectory("bodies")
        let stub = try HTTPStub { _ in .status(200) }
        defer { stub.stop() }
        let text = (0..<500).map { "{\"n\":\($0),\"text\":\"line \($0)\"}\n" }.joined()
        try directory.write("\n\n" + text, to: "a.log")
        try directory.write("", to: "empty.log")
        try directory.write("\n\r\n", to: "feeds.log")
        let shipper = try start(directory, stub.url, compression)
        #expect(eventually { Int(shipper.metrics.ackedLines.bind(["out", "_none"]).value) == 500 })
        shipper.stop()
        #expect(shipper.wait())
        var plain: [UInt8] = []
        for request in stub.requests {
            #expect(request.header("Content-Length") == "\(request.body.count)")
            #expect(request.header("Content-Encoding") == (compression == .none ? nil : compression.rawValue))
            let body = request.body.withUnsafeBytes { bytes in
                switch compression {
                case .gzip: GzipCodec.gunzipSingleMember(bytes, limit: 1 << 20)
                case .zstd: ZstdCodec.decompress(bytes, limit: 1 << 20)
                case .none, .snappy: Array(bytes)
                }
            }
            let part = try #require(body)
            #expect(part.last == 0x0a)
            plain += part
        }
        #expect(String(decoding: plain, as: UTF8.self) == text)
        #expect(stub.requests.count > 2)
    }
}
