import GatewayMetrics
import Logging
import TestSupport
import Testing

@testable import LogShipper

/// A whole shipper that writes files.
@Suite("Archive delivery", .serialized)
struct ArchiveDeliveryTests {
    private func start(_ directory: TemporaryDirectory, keepDays: Int? = nil) throws -> Shipper {
        var configuration = ShipperConfiguration(stateDirectory: directory.file("state"))
        configuration.inputs = [ShipperConfiguration.Input(paths: [directory.file("*.log")])]
        var output = ShipperConfiguration.Output(name: "out", type: .file, url: "")
        output.file.directory = directory.file("archive")
        output.file.keepDays = keepDays
        output.batchMaxAgeNanos = 10_000_000
        output.retryInitialNanos = 5_000_000
        output.retryMaxNanos = 20_000_000
        configuration.outputs = [output]
        configuration.rescanNanos = 10_000_000
        configuration.checkpointNanos = 10_000_000
        configuration.opsListen = ""
        return try Shipper(
            configuration, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private func read(_ directory: TemporaryDirectory, _ tenant: String) throws -> String {
        let path = directory.file("archive/\(tenant)")
        let names = PosixArchiveFileSystem().list(path).map(\.name).sorted()
        return try names.map { name in
            let bytes = try PosixStateFileSystem().read("\(path)/\(name)") ?? []
            return String(decoding: WireSamples.gunzipAll(bytes), as: UTF8.self)
        }.joined()
    }

    private func count(_ directory: TemporaryDirectory) throws -> Int {
        try (0..<3).map { try read(directory, "t\($0)").split(separator: "\n").count }.reduce(0, +)
    }

    @Test("every tenant's lines stand in its own file, and a second run goes on in another one")
    func files() throws {
        let directory = try TemporaryDirectory("archive")
        let lines = (0..<30).map { "{\"tenant\":\"t\($0 % 3)\",\"ts\":\"2025-11-24T16:00:00Z\",\"n\":\($0)}" }
        try directory.write(lines[..<20].map { $0 + "\n" }.joined(), to: "a.log")
        let first = try start(directory)
        #expect(eventually { (try? count(directory)) == 20 })
        first.stop()
        #expect(first.wait())
        try directory.write(lines[20...].map { $0 + "\n" }.joined(), to: "b.log")
        let second = try start(directory)
        #expect(eventually { (try? count(directory)) == 30 })
        second.stop()
        #expect(second.wait())
        for tenant in 0..<3 {
            let expected = lines.enumerated().filter { $0.offset % 3 == tenant }.map { $0.element + "\n" }.joined()
            #expect(try read(directory, "t\(tenant)") == expected)
        }
    }

    @Test("while the directory cannot be written nothing is lost, and it goes on when it can")
    func blocked() throws {
        let directory = try TemporaryDirectory("archive")
        // A file stands where the directory should be.
        try directory.write("", to: "archive")
        try directory.write("one\n", to: "a.log")
        let shipper = try start(directory)
        #expect(eventually { shipper.metrics.retries.bind(["out", "archive"]).value > 2 })
        try PosixStateFileSystem().remove(directory.file("archive"))
        #expect(eventually { (try? read(directory, "_none")) == "one\n" })
        shipper.stop()
        #expect(shipper.wait())
    }
}
