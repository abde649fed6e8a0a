import CurlHTTP
import Foundation
import GatewayMetrics
import Logging
import TestSupport
import Testing

@testable import LogShipper

/// What a start makes of a state directory that is not as the last run left it.
@Suite("A damaged state directory", .serialized)
struct DamagedStateTests {
    enum Damage: String, CaseIterable {
        case empty, nuls, half, flipped, foreignText

        func apply(_ bytes: [UInt8]) -> [UInt8] {
            switch self {
            case .empty: return []
            case .nuls: return [UInt8](repeating: 0, count: bytes.count)
            case .half: return Array(bytes.prefix(bytes.count / 2))
            case .flipped:
                var bytes = bytes
                bytes[bytes.count - 3] ^= 0x10
                return bytes
            case .foreignText: return Array("{\"version\":1,\"files\":[{\"path\":\"/a\"".utf8)
            }
        }
    }

    private static func line(_ number: Int) -> String { "{\"tenant\":\"a\",\"n\":\(number)}" }

    /// Two runs, so that each generation has progress behind the first line.
    private func prepare() throws -> ReaderHarness {
        let harness = try ReaderHarness()
        harness.append(Self.line(1) + "\n", to: "x.log")
        for number in 2...3 {
            harness.settle()
            harness.reader.checkpoint()
            harness.append(Self.line(number) + "\n", to: "x.log")
        }
        harness.settle()
        harness.reader.checkpoint()
        #expect(harness.lines == (1...3).map(Self.line))
        return harness
    }

    private func newest(_ harness: ReaderHarness) throws -> String {
        let paths = (0...1).map { harness.directory.file("checkpoint.\($0)") }
        return try #require(
            try paths.max { try sequence($0) < sequence($1) })
    }

    private func sequence(_ path: String) throws -> UInt64 { try CheckpointCodec.decode(bytes(path)).sequence }

    private func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

    private func replace(_ path: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    @Test(
        "case 49: with the newest checkpoint damaged the one before counts, and only what came in between is sent again",
        arguments: Damage.allCases)
    func newestGeneration(_ damage: Damage) throws {
        let harness = try prepare()
        let path = try newest(harness)
        try replace(path, damage.apply(try bytes(path)))
        #expect(try CheckpointStore(directory: harness.directory.path).load().corruptGenerations == 1)
        try harness.killAndRestart()
        harness.append(Self.line(4) + "\n", to: "x.log")
        harness.settle()
        let again = harness.lines.dropFirst(3)
        #expect(!again.contains(Self.line(1)) && again.last == Self.line(4))
        harness.reader.checkpoint()
        #expect(try CheckpointStore(directory: harness.directory.path).load().corruptGenerations == 0)
    }

    @Test(
        "case 49: with both checkpoints damaged the shipper starts, says so, and leaves nothing out",
        arguments: Damage.allCases)
    func bothGenerations(_ damage: Damage) throws {
        let directory = try TemporaryDirectory("damaged")
        let stub = try HTTPStub { _ in .status(200) }
        defer { stub.stop() }
        try directory.write(Self.line(1) + "\n", to: "x.log")
        var configuration = ShipperConfiguration(stateDirectory: directory.file("state"))
        configuration.inputs = [ShipperConfiguration.Input(paths: [directory.file("*.log")])]
        configuration.inputs[0].startAt = .end
        configuration.outputs = [ShipperConfiguration.Output(name: "out", type: .ndjson, url: stub.url)]
        configuration.outputs[0].batchMaxAgeNanos = 5_000_000
        configuration.outputs[0].compression = .none
        configuration.outputs[0].proxy = .none
        configuration.rescanNanos = 10_000_000
        configuration.opsListen = ""
        let state = configuration.directory(of: "out")
        try StateDirectory.create(state)
        let whole = CheckpointCodec.encode(CheckpointTests.sample(1))
        for generation in 0...1 { try replace("\(state)/checkpoint.\(generation)", damage.apply(whole)) }
        let log = LogRecorder()
        let shipper = try Shipper(configuration, logger: Logger(label: "test", factory: { _ in log }))
        #expect(eventually { !stub.requests.isEmpty })
        var damaged = 0.0
        shipper.metrics.registry.forEachSample { name, _, value in
            if name == "shipper_corrupt_checkpoints_total" { damaged += value }
        }
        #expect(damaged == 2)
        #expect(log.messages.contains("error: a checkpoint is damaged"), "\(log.messages)")
        shipper.stop()
        #expect(shipper.wait())
        #expect(stub.requests.map(FaultRig.text).joined() == Self.line(1) + "\n")
    }

    @Test(
        "case 50: a damaged temporary file changes nothing, and the next save replaces it", arguments: Damage.allCases)
    func temporaryFile(_ damage: Damage) throws {
        let harness = try prepare()
        let path = try newest(harness)
        let temporary = harness.directory.file("checkpoint.tmp")
        try replace(temporary, damage.apply(try bytes(path)))
        let loaded = try CheckpointStore(directory: harness.directory.path).load()
        #expect(loaded.corruptGenerations == 0)
        #expect(loaded.checkpoint?.sequence == (try sequence(path)))
        try harness.killAndRestart()
        harness.append(Self.line(4) + "\n", to: "x.log")
        harness.settle()
        #expect(harness.lines.dropFirst(3) == [Self.line(4)])
        harness.reader.checkpoint()
        #expect(!FileManager.default.fileExists(atPath: temporary))
    }

    @Test(
        "case 53: progress within a line goes back to the line's start; within a line that is too long, on to its end")
    func withinLine() throws {
        let long = String(repeating: "x", count: 300)
        for (offset, expected) in [
            (5, ["first", "second", long, "last"]), (6, ["second", long, "last"]), (9, ["second", long, "last"]),
            (12, ["second", long, "last"]), (13, [long, "last"]), (200, [long, "last"]),
        ] {
            for limit in [1024, 50] {
                let harness = try ReaderHarness { $0.inputs[0].maxLineBytes = limit }
                harness.append("first\nsecond\n\(long)\nlast\n", to: "x.log")
                try save(harness, front: offset)
                try harness.killAndRestart()
                harness.settle()
                // At the line feed itself only an empty rest is left.
                let kept = [5, 12].contains(offset) ? Array(expected.dropFirst()) : expected
                #expect(harness.lines == kept.filter { $0.count <= limit }, "offset \(offset), limit \(limit)")
            }
        }
    }

    @Test("case 53: progress at the end of a last line without a line feed stays there")
    func unendedLine() throws {
        let harness = try ReaderHarness()
        harness.append("first\nhalf", to: "x.log")
        try save(harness, front: 10)
        try harness.killAndRestart()
        harness.settle()
        #expect(harness.lines.isEmpty)
    }

    @Test("case 53: progress beyond the end of a file means that it was truncated, and is counted")
    func beyondEnd() throws {
        let harness = try ReaderHarness()
        harness.append("first\nsecond\nthird\n", to: "x.log")
        try save(harness, front: 19)
        try harness.truncate("x.log")
        harness.append("new\n", to: "x.log")
        try harness.killAndRestart()
        harness.settle()
        #expect(harness.lines == ["new"])
        var replaced = 0.0
        harness.reader.metrics.registry.forEachSample { name, labels, value in
            if name == "shipper_file_events_total", labels.contains(where: { $0.1 == "replaced" }) { replaced += value }
        }
        #expect(replaced == 1)
    }

    /// A checkpoint that says that `x.log` was read up to an offset, for everyone but a tenant who is ahead of that.
    private func save(_ harness: ReaderHarness, front: Int) throws {
        let path = harness.directory.file("x.log")
        let content = try bytes(path)
        let sighting = try #require(FileShell.look(at: path))
        let file = RememberedFile(
            identity: sighting.identity, path: path, fingerprint: Fingerprint(head: Array(content.prefix(front))),
            front: Int64(front), marker: Marker(Array(content.prefix(front).suffix(Marker.maxBytes))),
            isInsideLongLine: false, pending: ["_none": Int64(front + 3)], lastSeenSeconds: .min)
        var checkpoint = Checkpoint(routing: harness.configuration.routingHash)
        checkpoint.files = [file]
        try CheckpointStore(directory: harness.directory.path).save(checkpoint)
    }

    @Test("case 56: files that are gone are forgotten in time, those that owe lines far later, and progress shrinks")
    func forgetting() throws {
        let harness = try ReaderHarness { $0.forgetAfterSeconds = 3600 }
        let seconds = Clock.wallNanos() / 1_000_000_000
        var checkpoint = Checkpoint(routing: harness.configuration.routingHash)
        for number in 0..<10_000 {
            checkpoint.files.append(
                RememberedFile(
                    identity: FileIdentity(device: 1, inode: UInt64(number)), path: "/gone/\(number).log",
                    fingerprint: Fingerprint(count: 1024, hash: UInt64(number)), front: 5000,
                    marker: Marker(count: 64, hash: UInt64(number)), isInsideLongLine: false,
                    pending: number % 1000 == 7 ? ["a": 100] : [:],
                    lastSeenSeconds: number.isMultiple(of: 2) ? 0 : seconds))
        }
        try CheckpointStore(directory: harness.directory.path).save(checkpoint)
        try harness.killAndRestart()
        harness.append("alive\n", to: "x.log")
        harness.settle()
        func remembered() throws -> Int {
            harness.reader.isDirty = true
            harness.reader.checkpoint()
            return try CheckpointStore(directory: harness.directory.path).load().checkpoint?.files.count ?? 0
        }
        // Whatever the clock says, all of them may be seen again by this run.
        #expect(try remembered() == 10_001)
        harness.reader.forgetGone(seconds + 1000)
        #expect(try remembered() == 5001)
        harness.reader.forgetGone(seconds + 5000)
        #expect(try remembered() == 11)
        #expect(try bytes(try newest(harness)).count < 4096)
        harness.reader.forgetGone(seconds + 30 * 3600 + 1000)
        #expect(try remembered() == 1)
    }
}
