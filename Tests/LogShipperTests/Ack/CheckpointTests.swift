import Foundation
import TestSupport
import Testing

@testable import LogShipper

/// The real calls, of which the n-th fails; a failing write leaves half of its bytes.
final class FaultyFileSystem: StateFileSystem {
    private let real = PosixStateFileSystem()
    private var callsLeft: Int
    private(set) var didFail = false

    init(failingCall: Int) { callsLeft = failingCall }

    private func count(_ name: String) throws(SystemError) {
        callsLeft -= 1
        guard callsLeft == 0 else { return }
        didFail = true
        throw SystemError(name, "injected", code: 28)
    }

    func create(_ path: String) throws(SystemError) -> Int32 {
        try count("create")
        return try real.create(path)
    }

    func openForAppending(_ path: String) throws(SystemError) -> Int32 {
        try count("open")
        return try real.openForAppending(path)
    }

    func write(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemError) {
        do throws(SystemError) {
            try count("write")
        } catch {
            try real.write(descriptor, Array(bytes.prefix(bytes.count / 2)))
            throw error
        }
        try real.write(descriptor, bytes)
    }

    func sync(_ descriptor: Int32) throws(SystemError) {
        try count("fsync")
        try real.sync(descriptor)
    }

    func close(_ descriptor: Int32) { real.close(descriptor) }

    func rename(_ from: String, to: String) throws(SystemError) {
        try count("rename")
        try real.rename(from, to: to)
    }

    func remove(_ path: String) throws(SystemError) {
        try count("unlink")
        try real.remove(path)
    }

    func syncDirectory(_ path: String) throws(SystemError) {
        try count("fsync directory")
        try real.syncDirectory(path)
    }

    func read(_ path: String) throws(SystemError) -> [UInt8]? { try real.read(path) }

    func lastByte(_ path: String) throws(SystemError) -> UInt8? { try real.lastByte(path) }

    func makeDirectory(_ path: String) throws(SystemError) {
        try count("mkdir")
        try real.makeDirectory(path)
    }

    func names(in directory: String) throws(SystemError) -> [String]? { try real.names(in: directory) }

    func removeDirectory(_ path: String) throws(SystemError) {
        try count("rmdir")
        try real.removeDirectory(path)
    }

    func truncate(_ path: String, to size: Int64) throws(SystemError) {
        try count("truncate")
        try real.truncate(path, to: size)
    }

    func openForReading(_ path: String) throws(SystemError) -> Int32? { try real.openForReading(path) }

    func size(_ descriptor: Int32) throws(SystemError) -> Int64 { try real.size(descriptor) }

    func read(_ descriptor: Int32, at offset: Int64, count: Int) throws(SystemError) -> [UInt8] {
        try real.read(descriptor, at: offset, count: count)
    }
}

@Suite("Checkpoint")
struct CheckpointTests {
    static func sample(_ front: Int64) -> Checkpoint {
        let file = RememberedFile(
            identity: FileIdentity(device: 7, inode: UInt64.max), path: "/var/log/ä b%\n.log",
            fingerprint: Fingerprint(count: 1024, hash: 0xdead), front: front, marker: Marker(count: 64, hash: 1),
            isInsideLongLine: true, pending: ["acme": 5, "_none": 0], lastSeenSeconds: 1_764_000_000, key: 0xfeed)
        return Checkpoint(sequence: 0, routing: 99, files: [file])
    }

    @Test("what is written is read again, whatever is in a path")
    func roundTrip() throws {
        let checkpoint = Self.sample(123)
        #expect(try CheckpointCodec.decode(CheckpointCodec.encode(checkpoint)) == checkpoint)
        #expect(try CheckpointCodec.decode(CheckpointCodec.encode(Checkpoint())) == Checkpoint())
    }

    @Test("the heads of spools are kept, and a checkpoint of version 1 has none")
    func spools() throws {
        var checkpoint = Self.sample(123)
        func mark(_ lines: UInt64) -> SpoolMark { SpoolMark(lines: lines, bytes: lines * 100) }
        checkpoint.spools = [
            "acme": SpoolHead(
                incarnation: .max, head: mark(5), end: mark(90),
                gaps: [.init(start: mark(7), end: mark(9)), .init(start: mark(20), end: mark(30))]),
            "a b%": SpoolHead(incarnation: 0, head: .zero, end: .zero),
        ]
        let bytes = CheckpointCodec.encode(checkpoint)
        #expect(try CheckpointCodec.decode(bytes) == checkpoint)
        let old = String(decoding: CheckpointCodec.encode(Self.sample(123)), as: UTF8.self)
            .replacingOccurrences(of: "checkpoint 2 ", with: "checkpoint 1 ")
        #expect(try CheckpointCodec.decode(Array(old.utf8)) == Self.sample(123))
    }

    @Test("extreme numbers and every byte of a name are kept")
    func extremes() throws {
        var checkpoint = Self.sample(.max)
        checkpoint.sequence = .max
        for shift in 0..<64 {
            var file = checkpoint.files[0]
            file.identity.device = 1 << UInt64(shift)
            file.fingerprint.hash = 1 << UInt64(shift)
            file.key = UInt64.max >> UInt64(shift)
            file.lastSeenSeconds = shift == 0 ? .min : -1 << Int64(shift - 1)
            file.path = String(String.UnicodeScalarView((shift * 4..<shift * 4 + 4).compactMap(Unicode.Scalar.init)))
            checkpoint.files.append(file)
        }
        checkpoint.routing = 0
        #expect(try CheckpointCodec.decode(CheckpointCodec.encode(checkpoint)) == checkpoint)
    }

    @Test("every cut and every changed byte is noticed")
    func damage() {
        let bytes = CheckpointCodec.encode(Self.sample(123))
        for count in 0..<bytes.count {
            #expect(throws: CheckpointError.self) { try CheckpointCodec.decode(Array(bytes.prefix(count))) }
        }
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x01
            #expect(throws: CheckpointError.self, "byte \(index)") { try CheckpointCodec.decode(changed) }
        }
        #expect(throws: CheckpointError.self) { try CheckpointCodec.decode([UInt8](repeating: 0, count: 500)) }
    }

    @Test("a version from the future is refused by name")
    func foreign() {
        let bytes = Array("gatehouse-shipper-checkpoint 3 0 0\n".utf8)
        #expect(throws: CheckpointError.foreignVersion("3")) { try CheckpointCodec.decode(bytes) }
    }

    @Test("a damaged newest generation falls back to the one before and is counted")
    func fallback() throws {
        let directory = try TemporaryDirectory("checkpoint")
        let store = CheckpointStore(directory: directory.path)
        #expect(try store.load() == CheckpointStore.Loaded())
        try store.save(Self.sample(1))
        try store.save(Self.sample(2))
        try store.save(Self.sample(3))
        let newest = try CheckpointStore(directory: directory.path).load()
        #expect(newest.checkpoint?.files.first?.front == 3)
        for damage in ["", "gatehouse", String(repeating: "\0", count: 300)] {
            try directory.write(damage, to: "checkpoint.1")
            let loaded = try CheckpointStore(directory: directory.path).load()
            #expect(loaded.checkpoint?.files.first?.front == 2)
            #expect(loaded.corruptGenerations == 1)
        }
    }

    @Test("whichever call of a save fails, the last or the new progress is there and the next save works")
    func faults() throws {
        var failingCall = 0
        var didFail = true
        while didFail {
            failingCall += 1
            let directory = try TemporaryDirectory("checkpoint")
            try CheckpointStore(directory: directory.path).save(Self.sample(1))
            let system = FaultyFileSystem(failingCall: failingCall)
            let store = CheckpointStore(directory: directory.path, system: system)
            _ = try store.load()
            var isSaved = true
            do { try store.save(Self.sample(2)) } catch { isSaved = false }
            didFail = system.didFail
            #expect(isSaved == !didFail)
            let after = try CheckpointStore(directory: directory.path).load()
            #expect([1, 2].contains(after.checkpoint?.files.first?.front))
            #expect(after.corruptGenerations == 0)
            guard didFail else { continue }
            try store.save(Self.sample(3))
            #expect(try CheckpointStore(directory: directory.path).load().checkpoint?.files.first?.front == 3)
        }
        #expect(failingCall == 6)
    }

    @Test("a second shipper on the same directory is refused")
    func lock() throws {
        let directory = try TemporaryDirectory("lock")
        let first = try StateDirectory(directory.file("a/b"))
        #expect(throws: SystemError.self) { try StateDirectory(first.path) }
    }
}

@Suite("DeadLetterFile")
struct DeadLetterFileTests {
    private func letter(_ line: UnsafeRawBufferPointer, _ offset: Int64 = 3) -> DeadLetterFile.Letter {
        DeadLetterFile.Letter(
            tenant: "acme", path: "/a \"b\"", offset: offset, status: 400, reason: "bad\nline", wallNanos: 9, line: line
        )
    }

    @Test("a letter is one JSON line with the original bytes")
    func format() throws {
        let directory = try TemporaryDirectory("dead")
        let file = DeadLetterFile(directory: directory.path, output: "loki")
        for bytes in [[UInt8](), [0], [0xff, 0xfe], Array("hello".utf8)] {
            try bytes.withUnsafeBytes { try file.append([letter($0)]) }
        }
        let lines = directory.text("dead-letters.loki.jsonl").split(separator: "\n")
        #expect(lines.count == 4)
        for (line, base64) in zip(lines, ["", "AA==", "//4=", "aGVsbG8="]) {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["line_base64"] as? String == base64)
            #expect(object?["tenant"] as? String == "acme")
            #expect(object?["path"] as? String == "/a \"b\"")
            #expect(object?["reason"] as? String == "bad\nline")
            #expect(object?["offset"] as? Int == 3)
            #expect(object?["status"] as? Int == 400)
        }
    }

    @Test("a file beyond a gibibyte takes further letters, on a line of their own")
    func huge() throws {
        let directory = try TemporaryDirectory("dead")
        try directory.write("", to: "dead-letters.x.jsonl")
        let path = directory.file("dead-letters.x.jsonl")
        let size: UInt64 = 1 << 30 + 1
        // Sparse: it takes no room on the disk.
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        try handle.truncate(atOffset: size)
        var limits = DeadLetterLimits()
        limits.maxFileBytes = 1 << 40
        let file = DeadLetterFile(directory: directory.path, output: "x", limits: limits)
        try Array("hello".utf8).withUnsafeBytes { try file.append([letter($0)]) }
        try handle.seek(toOffset: size)
        let added = String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
        try handle.close()
        #expect(added.hasPrefix("\n{"))
        #expect(added.hasSuffix("}\n"))
    }

    @Test("whichever call fails is reported, and the next letter stands on a line of its own")
    func faults() throws {
        for failingCall in 1...4 {
            let directory = try TemporaryDirectory("dead")
            let system = FaultyFileSystem(failingCall: failingCall)
            let file = DeadLetterFile(directory: directory.path, output: "x", system: system)
            let line = Array("hello".utf8)
            #expect(throws: SystemError.self) { try line.withUnsafeBytes { try file.append([letter($0, 1)]) } }
            #expect(system.didFail)
            try line.withUnsafeBytes { try file.append([letter($0, 2)]) }
            let whole = directory.text("dead-letters.x.jsonl").split(separator: "\n").filter { line in
                (try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil
            }
            #expect(whole.last?.contains("\"offset\":2,") == true)
        }
    }
}
