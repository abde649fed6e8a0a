import Foundation
import GatewayMetrics
import TestSupport
import Testing

@testable import LogShipper

@Suite("Files that a start does not find where they were")
struct ReturnCaseTests {
    private let lines = (0..<3000).map { "line \($0) \(String(repeating: "x", count: 60))" }

    private func makeHarness() throws -> ReaderHarness {
        try ReaderHarness {
            $0.memoryBytes = 64 << 10
            $0.maxUnackedBytes = 64 << 10
            $0.inputs[0].paths = [$0.stateDirectory + "/*.log"]
        }
    }

    private func event(_ harness: ReaderHarness, _ name: String) -> UInt64 {
        harness.reader.metrics.fileEvents.bind([name]).value
    }

    @Test("case 25: rotated out of the globs with a backlog, then a restart: the rest, then the new file")
    func backlog() throws {
        let harness = try makeHarness()
        harness.append(lines.map { $0 + "\n" }.joined(), to: "a.log")
        harness.step()
        harness.acknowledgeAll()
        harness.step()
        try harness.rename("a.log", "a.log.1")
        harness.append("new\n", to: "a.log")
        for _ in 0..<3 { harness.step() }
        harness.reader.checkpoint()
        let open = Set(
            harness.waiting.flatMap { batch in (0..<batch.lineCount).map { batch.line($0) } }.map {
                String(decoding: $0, as: UTF8.self)
            })
        let done = harness.lines.filter { !open.contains($0) }.count
        try harness.killAndRestart()
        let sent = harness.lines.count
        harness.settle()
        #expect(done > 0 && sent < 3000)
        let isRest = Array(harness.lines.dropFirst(sent)) == lines.dropFirst(done) + ["new"]
        #expect(isRest)
        #expect(event(harness, "not_found") == 0)
        // All of it is done, so the next start leaves it alone, like the history it is.
        harness.reader.checkpoint()
        try harness.directory.setModified("a.log.1", Date(timeIntervalSinceNow: -3600))
        try harness.killAndRestart()
        harness.settle()
        #expect(harness.lines.count == sent + 3000 - done + 1)
        #expect(harness.reader.files.count == 1)
        #expect(event(harness, "found_by_inode") == 0)
    }

    @Test("what was found outside the globs is found by the starts after that one, too")
    func again() throws {
        let harness = try makeHarness()
        harness.append(lines.map { $0 + "\n" }.joined(), to: "a.log")
        harness.step()
        try harness.rename("a.log", "a.log.1")
        for start in 0..<4 {
            harness.append("new \(start)\n", to: "a.log")
            for _ in 0..<3 { harness.step() }
            harness.acknowledgeAll()
            harness.reader.checkpoint()
            try harness.killAndRestart()
            if start == 1 { try harness.rename("a.log.1", "a.log.2") }
        }
        harness.settle()
        var seen: Set<String> = []
        let first = harness.lines.filter { seen.insert($0).inserted && $0.hasPrefix("line") }
        let isInOrder = first == lines
        #expect(isInOrder, "\(first.count) of \(lines.count)")
        #expect(seen.isSuperset(of: (0..<4).map { "new \($0)" }))
    }

    @Test("written and rotated out of the globs while the shipper was down: nothing is lost")
    func whileDown() throws {
        let harness = try makeHarness()
        harness.append("1\n", to: "a.log")
        harness.settle()
        harness.reader.checkpoint()
        harness.append("2\n", to: "a.log")
        try harness.rename("a.log", "moved")
        harness.append("3\n", to: "a.log")
        try harness.killAndRestart()
        harness.settle()
        #expect(harness.lines == ["1", "2", "3"])
        #expect(event(harness, "found_by_inode") == 1)
    }

    @Test("behind a link the search is where the link led to")
    func behindLink() throws {
        let harness = try makeHarness()
        try harness.directory.write("1\n", to: "pod/0")
        symlink(harness.directory.file("pod/0"), harness.directory.file("a.log"))
        harness.settle()
        harness.reader.checkpoint()
        harness.append("2\n", to: "pod/0")
        try harness.rename("pod/0", "pod/0.old")
        harness.append("3\n", to: "pod/0")
        try harness.killAndRestart()
        harness.settle()
        #expect(harness.lines == ["1", "2", "3"])
    }

    @Test("what has the inode by now and other content is not read outside the globs")
    func otherContent() throws {
        let harness = try makeHarness()
        harness.append(lines[0..<10].map { $0 + "\n" }.joined(), to: "a.log")
        harness.step()
        harness.reader.checkpoint()
        try harness.rename("a.log", "private")
        try harness.truncate("private")
        harness.append((0..<1000).map { "secret \($0)\n" }.joined(), to: "private")
        try harness.killAndRestart()
        harness.settle()
        #expect(!harness.lines.contains { $0.hasPrefix("secret") })
        #expect(event(harness, "not_found") == 1)
    }

    @Test(
        "what is in no directory any more is reported, and counted when no copy of it turns up",
        arguments: [false, true])
    func deleted(isDirectoryGone: Bool) throws {
        let harness = try makeHarness()
        harness.configuration.inputs[0].paths = [harness.directory.file("*/*.log")]
        try harness.killAndRestart()
        try harness.directory.write(lines.map { $0 + "\n" }.joined(), to: "sub/a.log")
        harness.step()
        harness.reader.checkpoint()
        try harness.remove(isDirectoryGone ? "sub" : "sub/a.log")
        try harness.killAndRestart()
        harness.step()
        #expect(event(harness, "not_found") == 1)
        let lost = { harness.reader.metrics.lostBytes.bind(["gone"]).value }
        #expect(lost() == 0)
        harness.reader.forgetGone(harness.reader.wallNanos() / 1_000_000_000 + 700)
        #expect(lost() == UInt64(lines.reduce(0) { $0 + $1.utf8.count + 1 }))
        #expect(harness.reader.unclaimed.isEmpty)
    }

    @Test("a checkpoint keeps what is unread and where a link led to")
    func codec() throws {
        var file = RememberedFile(
            identity: FileIdentity(device: 1, inode: 2), path: "/a b", fingerprint: Fingerprint(count: 0, hash: 0),
            front: 7, marker: .empty, isInsideLongLine: false, pending: ["t": 3], lastSeenSeconds: 9, key: 5)
        for realPath in [nil, "/c d"] {
            file.unreadBytes = 11
            file.realPath = realPath
            #expect(file.owedBytes == 15)
            let bytes = CheckpointCodec.encode(Checkpoint(files: [file]))
            #expect(try CheckpointCodec.decode(bytes).files == [file])
        }
    }
}

extension TemporaryDirectory {
    fileprivate func setModified(_ name: String, _ date: Date) throws {
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: file(name))
    }
}
