import Foundation
import GatewayMetrics
import TestSupport
import Testing

@testable import LogShipper

@Suite("Finding real files")
struct DiscoveryCaseTests {
    /// Runs a body with the rights of a user who may not read files of others. Only this thread changes.
    private func asNobody(_ body: () throws -> Void) throws {
        typealias SetUser = @convention(c) (UInt32) -> Int32
        let symbol = try #require(dlsym(nil, "setfsuid"))
        let setUser = unsafeBitCast(symbol, to: SetUser.self)
        let before = setUser(65_534)
        defer { _ = setUser(UInt32(bitPattern: before)) }
        try body()
    }

    private static let warning = "warning: a file cannot be opened and is not read"

    @Test(
        "case 14: a file that may be read only later is read from its first byte; an unreadable one beside it is no matter"
    )
    func permissions() throws {
        let harness = try ReaderHarness()
        harness.append("one\n", to: "a.log")
        harness.append("secret\n", to: "other")
        chmod(harness.directory.file("a.log"), 0)
        chmod(harness.directory.file("other"), 0)
        chmod(harness.directory.path, 0o755)
        try asNobody {
            harness.settle()
            #expect(harness.lines == [])
            if getuid() == 0 { #expect(harness.reader.metrics.fileEvents.bind(["open_failed"]).value > 1) }
            #expect(harness.messages.filter { $0 == Self.warning }.count == 1)
        }
        chmod(harness.directory.file("a.log"), 0o644)
        try asNobody { harness.settle() }
        #expect(harness.lines == ["one"])
    }

    @Test("case 15: a directory that appears later is read; one that is away for a while costs no memory of its files")
    func directories() throws {
        let harness = try ReaderHarness { $0.inputs[0].paths = [$0.stateDirectory + "/later/*/x*.log"] }
        harness.settle()
        try harness.directory.write("1\n", to: "later/deep/x.log")
        harness.settle()
        #expect(harness.lines == ["1"])
        try harness.rename("later", "away")
        harness.settle()
        #expect(harness.reader.files.isEmpty)
        harness.append("2\n", to: "away/deep/x.log")
        harness.reader.checkpoint()
        try harness.killAndRestart()
        harness.settle()
        try harness.rename("away", "later")
        harness.settle()
        #expect(harness.lines == ["1", "2"])
    }

    @Test("case 16: a file that vanishes between the look and the open is left to the next look")
    func vanished() throws {
        let harness = try ReaderHarness()
        harness.append("x\n", to: "a.log")
        let sighting = try #require(FileShell.look(at: harness.directory.file("a.log")))
        try harness.remove("a.log")
        harness.reader.open(sighting, harness.now)
        #expect(harness.reader.files.isEmpty)
        harness.append("y\n", to: "a.log")
        harness.settle()
        #expect(harness.lines == ["y"])
    }

    @Test("case 17: many files with few descriptors: all lines once, also of files that grow, are renamed or restarted")
    func fewDescriptors() throws {
        let harness = try ReaderHarness { $0.maxOpenFiles = 16 }
        let count = 300
        for number in 0..<count { harness.append("\(number) a\n", to: "\(number).log") }
        harness.settle()
        #expect(harness.reader.pool.open.count <= 16)
        #expect(harness.reader.files.count == count)
        for number in 0..<count { harness.append("\(number) b\n", to: "\(number).log") }
        harness.step()
        for number in 0..<count where number % 3 == 0 {
            try harness.rename("\(number).log", "\(number).log.1")
            harness.append("\(number) c\n", to: "\(number).log")
        }
        harness.settle()
        harness.reader.checkpoint()
        try harness.killAndRestart()
        for number in 0..<count { harness.append("\(number) d\n", to: "\(number).log") }
        harness.settle()
        let expected: [String] = (0..<count).flatMap { number -> [String] in
            let names = number % 3 == 0 ? ["a", "b", "c", "d"] : ["a", "b", "d"]
            return names.map { "\(number) \($0)" }
        }
        #expect(harness.lines.sorted() == expected.sorted())
        #expect(harness.reader.pool.open.count <= 16)
    }

    @Test("a file that was closed and has left the globs with unread bytes is found in its directory by its inode")
    func strays() throws {
        let harness = try ReaderHarness {
            $0.maxOpenFiles = 16
            $0.inputs[0].paths = [$0.stateDirectory + "/*.log"]
        }
        for number in 0..<100 { harness.append("\(number) a\n", to: "\(number).log") }
        harness.settle()
        for number in 0..<100 {
            harness.append("\(number) b\n", to: "\(number).log")
            try harness.rename("\(number).log", "\(number).old")
        }
        harness.settle()
        let expected: [String] = (0..<100).flatMap { number in ["\(number) a", "\(number) b"] }
        #expect(harness.lines.sorted() == expected.sorted())
        #expect(harness.reader.files.isEmpty)
    }

    @Test("an inode that a new file got while the old one was closed is no reason to take one for the other")
    func reusedWhileClosed() throws {
        let harness = try ReaderHarness()
        harness.append("old content\n", to: "a.log")
        harness.settle()
        let file = try #require(harness.reader.files.values.first)
        file.source.close()
        // The same as far as inode and size go.
        try harness.truncate("a.log")
        harness.append("new content\n", to: "a.log")
        harness.settle()
        #expect(harness.lines == ["old content", "new content"])
    }

    @Test("case 18: a link and its target, a second glob and a hard link are one file, read once")
    func oneFile() throws {
        let harness = try ReaderHarness {
            let folder = $0.stateDirectory
            $0.inputs = [
                ShipperConfiguration.Input(paths: ["\(folder)/*.log", "\(folder)/a*"]),
                ShipperConfiguration.Input(paths: ["\(folder)/**"]),
            ]
        }
        harness.append("x\n", to: "a.log")
        symlink(harness.directory.file("a.log"), harness.directory.file("link.log"))
        link(harness.directory.file("a.log"), harness.directory.file("hard.log"))
        harness.settle()
        harness.append("y\n", to: "a.log")
        harness.settle()
        #expect(harness.lines == ["x", "y"])
        #expect(harness.reader.files.count == 1)
    }

    @Test("case 19: without watches, and after lost hints, the next look finds everything")
    func withoutHints() throws {
        let watch = DirectoryWatch(descriptor: -1)
        watch.watch("/")
        #expect(watch.takeHints() == DirectoryWatch.Hints())
        var lost = DirectoryWatch.Hints()
        lost.note(mask: UInt32(IN_Q_OVERFLOW), directory: nil) { "" }
        #expect(lost.needsScan)
        // The harness never asks the watch, so that all of this file's tests go by looks alone.
        let harness = try ReaderHarness()
        for number in 0..<50 { harness.append("\(number)\n", to: "\(number % 7).log") }
        harness.settle()
        #expect(harness.lines.count == 50)
    }

    @Test("case 22: a quiet file gets its turn while a busy one has much to read")
    func fairness() throws {
        let harness = try ReaderHarness {
            $0.maxUnackedBytes = 64 << 20
            $0.memoryBytes = 64 << 20
        }
        let busy = String(repeating: String(repeating: "b", count: 99) + "\n", count: 100_000)
        harness.append(busy, to: "busy.log")
        for number in 0..<3 {
            harness.append("quiet \(number)\n", to: "quiet.log")
            harness.step()
            #expect(harness.lines.contains("quiet \(number)"))
            #expect(harness.reader.files.values.contains { $0.mayHaveMore })
        }
    }

    @Test("files older than ignore_older are not opened until they are written; known ones go on")
    func ignoreOlder() throws {
        let harness = try ReaderHarness { $0.inputs[0].ignoreOlderNanos = 3_600_000_000_000 }
        harness.append("old\n", to: "a.log")
        harness.append("young\n", to: "b.log")
        func age(_ name: String) throws {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -7200)], ofItemAtPath: harness.directory.file(name))
        }
        try age("a.log")
        harness.settle()
        #expect(harness.lines == ["young"])
        harness.reader.checkpoint()
        harness.append("more\n", to: "b.log")
        try age("b.log")
        try harness.killAndRestart()
        harness.append("now\n", to: "a.log")
        harness.settle()
        #expect(harness.lines.sorted() == ["more", "now", "old", "young"])
    }

    @Test("globs: directories in the middle, `**`, hidden names, classes, escapes and exclusions")
    func globs() throws {
        let folder = try TemporaryDirectory("globs")
        for name in [
            "a/x.log", "b/x.log", "b/c/d/y.log", ".hidden/x.log", "a/.x.log", "a/x[1].log", "z.log", "a/x.txt",
        ] {
            try folder.write("x", to: name)
        }
        func found(_ globs: String..., exclude: [String] = []) -> [String] {
            let pattern = PathPattern(paths: globs.map(folder.file), exclude: exclude.map(folder.file))
            return pattern.look().files.map { String($0.path.dropFirst(folder.path.count + 1)) }.sorted()
        }
        #expect(found("*.log") == ["z.log"])
        #expect(found("*/x.log") == ["a/x.log", "b/x.log"])
        #expect(found("**/*.log") == ["a/x.log", "a/x[1].log", "b/c/d/y.log", "b/x.log", "z.log"])
        #expect(found("b/**") == ["b/c/d/y.log", "b/x.log"])
        #expect(found("[ab]/x.*") == ["a/x.log", "a/x.txt", "b/x.log"])
        #expect(found("a/x\\[1\\].log") == ["a/x[1].log"])
        #expect(found("**/*.log", exclude: ["b/*"]) == ["a/x.log", "a/x[1].log", "z.log"])
        #expect(found("a/x.log", "a/*.log") == ["a/x.log", "a/x.log", "a/x[1].log"])
        #expect(found("nowhere/*.log") == [])
    }
}
