import TestSupport
import Testing

@testable import LogShipper

/// Real calls, of which the n-th fails.
private final class FaultyArchiveSystem: ArchiveFileSystem {
    private let real = PosixArchiveFileSystem()
    private var callsLeft: Int
    /// Whether taking back a failed write fails too.
    private let failsTruncate: Bool
    private(set) var didFail = false
    private var openFiles = 0
    private(set) var mostOpenFiles = 0

    init(failingCall: Int, failsTruncate: Bool = false) {
        callsLeft = failingCall
        self.failsTruncate = failsTruncate
    }

    private func count(_ name: String) throws(SystemError) {
        callsLeft -= 1
        guard callsLeft == 0 else { return }
        didFail = true
        throw SystemError(name, "injected", code: 28)
    }

    func create(_ path: String, below root: String) throws(SystemError) -> Int32? {
        try count("create")
        let descriptor = try real.create(path, below: root)
        if descriptor != nil { noteOpen(1) }
        return descriptor
    }

    func openForAppending(_ path: String) throws(SystemError) -> Int32 {
        try count("open")
        let descriptor = try real.openForAppending(path)
        noteOpen(1)
        return descriptor
    }

    private func noteOpen(_ change: Int) {
        openFiles += change
        mostOpenFiles = max(mostOpenFiles, openFiles)
    }

    func append(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        do throws(SystemError) {
            try count("write")
        } catch {
            try real.append(descriptor, UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)]))
            throw error
        }
        try real.append(descriptor, bytes)
    }

    func truncate(_ descriptor: Int32, to size: Int) throws(SystemError) {
        if failsTruncate { throw SystemError("ftruncate", "injected", code: 5) }
        try real.truncate(descriptor, to: size)
    }

    func sync(_ descriptor: Int32) throws(SystemError) {
        try count("fsync")
        try real.sync(descriptor)
    }

    func close(_ descriptor: Int32) {
        noteOpen(-1)
        real.close(descriptor)
    }

    func syncNames(_ path: String, below root: String) throws(SystemError) {
        try count("fsync directory")
        try real.syncNames(path, below: root)
    }

    func list(_ directory: String) -> [(name: String, isDirectory: Bool)] { real.list(directory) }
    func remove(_ path: String) throws(SystemError) { try real.remove(path) }
    func removeDirectory(_ path: String) { real.removeDirectory(path) }
}

@Suite("Archive")
struct ArchiveTests {
    private func archive(
        _ directory: TemporaryDirectory, _ path: String = "{tenant}/{date}.jsonl", maxFileBytes: Int = 1 << 30,
        keepDays: Int? = nil, codec: (any BodyCodec)? = nil, system: any ArchiveFileSystem = PosixArchiveFileSystem()
    ) throws -> Archive {
        let options = Archive.Options(
            directory: directory.file("archive"), path: try ArchivePath(path), maxFileBytes: maxFileBytes,
            keepDays: keepDays)
        return Archive(options, codec: codec, timeFields: ["ts"], system: system)
    }

    private func files(_ directory: TemporaryDirectory) throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        let system = PosixStateFileSystem()
        func walk(_ path: String, _ name: String) throws {
            for entry in PosixArchiveFileSystem().list(path) {
                let inner = name.isEmpty ? entry.name : "\(name)/\(entry.name)"
                if entry.isDirectory {
                    try walk("\(path)/\(entry.name)", inner)
                } else {
                    found[inner] = try system.read("\(path)/\(entry.name)")
                }
            }
        }
        try walk(directory.file("archive"), "")
        return found
    }

    private func texts(_ directory: TemporaryDirectory) throws -> [String: String] {
        try files(directory).mapValues { String(decoding: $0, as: UTF8.self) }
    }

    @Test("lines are kept byte by byte, by tenant and by the day of their time; without one by the batch's day")
    func partitions() throws {
        let directory = try TemporaryDirectory("archive")
        let archive = try archive(directory)
        let first = WireSamples.unit([
            #"{"ts":"2025-11-23T23:59:59Z"}"#, #"{"ts":"2025-11-24T00:00:00Z"}"#, "plain",
            #"{"ts":"2999-01-01T00:00:00Z"}"#,
        ])
        #expect(archive.store([first, WireSamples.unit(["x"], tenant: "other")]).allSatisfy { $0 == nil })
        #expect(archive.store([WireSamples.unit(["more"])]).allSatisfy { $0 == nil })
        #expect(
            try texts(directory) == [
                "acme/2025-11-23.jsonl": "{\"ts\":\"2025-11-23T23:59:59Z\"}\n",
                "acme/2025-11-24.jsonl":
                    "{\"ts\":\"2025-11-24T00:00:00Z\"}\nplain\n{\"ts\":\"2999-01-01T00:00:00Z\"}\nmore\n",
                "other/2025-11-24.jsonl": "x\n",
            ])
    }

    @Test("lines of any number of days make few files, and any number of tenants few open ones")
    func bounds() throws {
        let directory = try TemporaryDirectory("archive")
        let system = FaultyArchiveSystem(failingCall: 0)
        let archive = try archive(directory, system: system)
        let lines = (1...200).map { "{\"ts\":\"2025-\($0 % 2 == 0 ? 10 : 11)-\($0 % 20 + 10)T00:00:00Z\",\"n\":\($0)}" }
        #expect(archive.store([WireSamples.unit(lines)])[0] == nil)
        let found = try texts(directory)
        #expect(found.count == Archive.maxDays + 1)
        #expect(found.values.flatMap { $0.split(separator: "\n") }.sorted() == lines.map { $0[...] }.sorted())
        for (name, text) in found where name != "acme/2025-11-24.jsonl" {
            #expect(text.split(separator: "\n").allSatisfy { name.contains($0.dropFirst(7).prefix(10)) }, "\(name)")
        }
        let units = (0..<300).map { WireSamples.unit(["x"], tenant: "tenant-\($0)") }
        #expect(archive.store(units).allSatisfy { $0 == nil })
        #expect(system.mostOpenFiles <= Archive.maxOpenFiles)
        #expect(try texts(directory).count == Archive.maxDays + 1 + 300)
    }

    @Test("each batch is a gzip member of its own, and a file that is full is followed by the next number")
    func members() throws {
        let directory = try TemporaryDirectory("archive")
        let archive = try archive(
            directory, "{date}/{tenant}.jsonl.gz", maxFileBytes: 40, codec: try GzipCodec.make(level: 1))
        for index in 0..<4 { #expect(archive.store([WireSamples.unit(["line \(index)"], tenant: "a.b")])[0] == nil) }
        let found = try files(directory)
        #expect(found.keys.sorted() == ["2025-11-24/a.b.jsonl.gz", "2025-11-24/a.b~1.jsonl.gz"])
        #expect(
            found.keys.sorted().flatMap { WireSamples.gunzipAll(found[$0] ?? []) }
                == Array("line 0\nline 1\nline 2\nline 3\n".utf8)
        )
    }

    @Test("another run appends to no file of an earlier one, whose end may be torn")
    func restart() throws {
        let directory = try TemporaryDirectory("archive")
        for index in 0..<3 { #expect(try archive(directory).store([WireSamples.unit(["\(index)"])])[0] == nil) }
        #expect(
            try texts(directory) == [
                "acme/2025-11-24.jsonl": "0\n", "acme/2025-11-24~1.jsonl": "1\n", "acme/2025-11-24~2.jsonl": "2\n",
            ])
    }

    @Test("case 73: no tenant's name leaves the directory or meets another tenant's file")
    func injection() throws {
        let directory = try TemporaryDirectory("archive")
        let archive = try archive(directory, "{tenant}.{date}.jsonl")
        let names = ["..", "../../x", "a/b", ".hidden", "a~1", "a", "\u{e9}", "a%7E1"]
        #expect(archive.store(names.map { WireSamples.unit([$0], tenant: $0) }).allSatisfy { $0 == nil })
        let found = try texts(directory)
        #expect(found.count == names.count)
        #expect(found["%2E..2025-11-24.jsonl"] == "..\n")
        #expect(found["%2E.%2F..%2Fx.2025-11-24.jsonl"] == "../../x\n")
    }

    @Test(
        "whichever call fails, what was said to be stored is there, and storing again ends well",
        arguments: [false, true])
    func faults(_ failsTruncate: Bool) throws {
        for call in 1...14 {
            let directory = try TemporaryDirectory("archive")
            let system = FaultyArchiveSystem(failingCall: call, failsTruncate: failsTruncate)
            let archive = try archive(directory, system: system, codec: try ZlibGzip(level: 1))
            var pending = (0..<3).map { WireSamples.unit(["\($0) a"], tenant: $0 == 1 ? "other" : "acme") }
            pending.append(WireSamples.unit([#"{"ts":"2025-11-20T00:00:00Z"}"#, "4"]))
            var stored: [String] = []
            var rounds = 0
            while !pending.isEmpty, rounds < 5 {
                rounds += 1
                let errors = archive.store(pending)
                for (unit, error) in zip(pending, errors) where error == nil {
                    unit.forEachLine { stored.append(String(decoding: $1, as: UTF8.self)) }
                }
                pending = zip(pending, errors).filter { $0.1 != nil }.map(\.0)
            }
            #expect(pending.isEmpty)
            let lines = try files(directory).values.flatMap { WireSamples.gunzipAll($0).split(separator: 0x0a) }
                .map { String(decoding: $0, as: UTF8.self) }
            for line in stored { #expect(lines.contains(line), "call \(call): \(line)") }
            #expect(stored.count == 5)
            if call < 9 { #expect(system.didFail) }
        }
    }

    private func archive(
        _ directory: TemporaryDirectory, system: any ArchiveFileSystem, codec: any BodyCodec
    ) throws -> Archive {
        try archive(directory, "{tenant}/{date}.jsonl", codec: codec, system: system)
    }

    @Test("files of days that are over go, with empty directories; others and foreign files stay")
    func retention() throws {
        let directory = try TemporaryDirectory("archive")
        let archive = try archive(directory, keepDays: 2)
        let lines = (20...24).map { "{\"ts\":\"2025-11-\($0)T00:00:00Z\"}" }
        #expect(archive.store([WireSamples.unit(lines), WireSamples.unit([lines[0]], tenant: "old")])[0] == nil)
        try directory.write("mine", to: "archive/acme/notes.txt")
        try directory.write("mine", to: "archive/2025-11-20.jsonl")
        try archive.sweep(nowWallNanos: WireSamples.closedNanos)
        #expect(
            try files(directory).keys.sorted() == [
                "2025-11-20.jsonl", "acme/2025-11-22.jsonl", "acme/2025-11-23.jsonl", "acme/2025-11-24.jsonl",
                "acme/notes.txt",
            ])
        #expect(!PosixArchiveFileSystem().list(directory.file("archive")).contains { $0.name == "old" })
    }

    @Test("a clock that jumps a year ahead removes nothing that was kept")
    func clockJump() throws {
        let directory = try TemporaryDirectory("archive")
        let archive = try archive(directory, keepDays: 2)
        #expect(archive.store([WireSamples.unit(["x"])])[0] == nil)
        try archive.sweep(nowWallNanos: WireSamples.closedNanos + 365 * 86_400_000_000_000)
        #expect(try files(directory).count == 1)
    }

    @Test(
        "templates that are wrong are refused",
        arguments: [
            "/{tenant}/{date}", "{tenant}", "{date}", "../{tenant}{date}", "{tenant}/{date}/", "a//{tenant}{date}",
            "{tenant}{tenant}{date}", "{tenant}~{date}", "{tenant}/{hour}/{date}", ".{tenant}/{date}", "",
        ])
    func templates(_ template: String) {
        #expect(throws: ArchiveTemplateError.self) { try ArchivePath(template) }
    }
}
