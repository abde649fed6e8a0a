import CurlHTTP
import Foundation
import GatewayMetrics
import Locking
import Logging
import TestSupport
import Testing

@testable import LogShipper

/// Ids that say where a line came from, seen by a destination that refuses an id which it has.
@Suite("File keys", .serialized)
struct FileKeyTests {
    private func start(_ directory: TemporaryDirectory, _ url: String) throws -> Shipper {
        var configuration = ShipperConfiguration(stateDirectory: directory.file("state"))
        configuration.inputs = [ShipperConfiguration.Input(paths: [directory.file("*.log")])]
        var output = ShipperConfiguration.Output(name: "out", type: .elasticsearch, url: url)
        output.batchMaxAgeNanos = 10_000_000
        output.proxy = .none
        configuration.outputs = [output]
        configuration.rescanNanos = 10_000_000
        configuration.checkpointNanos = 10_000_000
        configuration.opsListen = ""
        return try Shipper(
            configuration, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    /// The ids and documents of a request.
    private static func pairs(_ request: StubRequest) -> [(id: String, document: String)] {
        let bytes = request.body.withUnsafeBytes { GzipCodec.gunzipSingleMember($0, limit: 1 << 22) } ?? []
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        return stride(from: 0, to: lines.count, by: 2).map { (lines[$0], lines[$0 + 1]) }
    }

    private static func items(_ statuses: [Int]) -> StubResponse {
        let items = statuses.map { #"{"create":{"status":\#($0)}}"# }.joined(separator: ",")
        return .status(200, body: Array(#"{"errors":true,"items":[\#(items)]}"#.utf8))
    }

    @Test("case 69: a line has the same id after a restart; the same line of a truncated or new file has another one")
    func ids() throws {
        let directory = try TemporaryDirectory("keys")
        let documents = Locked<[String: String]>([:])
        let refused = Locked(0)
        let isLosing = Locked(true)
        let stub = try HTTPStub { request in
            let statuses = Self.pairs(request).map { pair in
                documents.withLock { known in
                    if let document = known[pair.id] {
                        refused.withLock { $0 += 1 }
                        return document == pair.document ? 409 : 400
                    }
                    known[pair.id] = pair.document
                    return 201
                }
            }
            // What the destination has taken while its answer is lost comes again after the restart.
            return isLosing.withLock { $0 } ? .hangUp : Self.items(statuses)
        }
        defer { stub.stop() }
        try directory.write("one\ntwo\n", to: "x.log")
        let first = try start(directory, stub.url)
        #expect(eventually { documents.withLock { $0.count } == 2 })
        first.stop()
        isLosing.withLock { $0 = false }
        first.wait()
        let second = try start(directory, stub.url)
        #expect(eventually { acked(second) >= 2 || refused.withLock { $0 } >= 2 })
        #expect(documents.withLock { $0.count } == 2)
        // Copytruncate with a new first line of the same length, then a file of the same name.
        try Data("one\n".utf8).write(to: URL(fileURLWithPath: directory.file("copy.txt")))
        let handle = try #require(FileHandle(forWritingAtPath: directory.file("x.log")))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data("six\n".utf8))
        try handle.close()
        #expect(eventually { documents.withLock { $0.count } == 3 })
        try FileManager.default.removeItem(atPath: directory.file("x.log"))
        try directory.write("ten\n", to: "x.log")
        #expect(eventually { documents.withLock { $0.count } == 4 })
        second.stop()
        #expect(second.wait())
    }

    private func acked(_ shipper: Shipper) -> Int {
        Int(shipper.metrics.ackedLines.bind(["out", "_none"]).value)
    }

    private func harness(_ state: String? = nil) throws -> ReaderHarness {
        try ReaderHarness {
            $0.outputs[0].type = .elasticsearch
            if let state { $0.inputs[0].paths = [state] }
        }
    }

    private func key(_ harness: ReaderHarness) throws -> UInt64 { try #require(harness.reader.files.values.first?.key) }

    @Test("a kill right after the first line of a new file changes no id of it, also where it was found empty")
    func kills() throws {
        let harness = try harness()
        harness.append("", to: "x.log")
        harness.step()
        harness.append("one\n", to: "x.log")
        harness.step()
        let first = try key(harness)
        #expect(harness.lines == ["one"])
        try harness.killAndRestart()
        harness.step()
        #expect(try key(harness) == first)
        // The next generation, killed before the checkpoint's time.
        try harness.truncate("x.log")
        harness.append("a\n", to: "x.log")
        for _ in 0..<3 { harness.step() }
        let second = try key(harness)
        try harness.killAndRestart()
        harness.step()
        #expect(try key(harness) == second && second != first)
    }

    @Test("two hosts made from one image, and two files that have one inode after each other, share no id")
    func unique() throws {
        let one = try harness()
        one.append("time,level\nx\n", to: "x.log")
        one.step()
        let two = try harness(one.directory.file("*.log"))
        two.step()
        #expect(one.reader.files.values.map(\.identity) == two.reader.files.values.map(\.identity))
        var keys = [try key(one), try key(two)]
        // Nothing is known of the file any more, as if it had been gone for long.
        try one.killAndRestart()
        one.reader.unclaimed = KnownFiles()
        one.step()
        keys.append(try key(one))
        #expect(Set(keys).count == 3 && !keys.contains(0))
    }
}
