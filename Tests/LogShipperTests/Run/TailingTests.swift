import Foundation
import GatewayMetrics
import TestSupport
import Testing

@testable import LogShipper

@Suite("Tailing real files")
struct TailingTests {
    @Test("case 2: half a line, a restart, and the other half are one record")
    func halfLines() throws {
        let harness = try ReaderHarness()
        harness.append("ABC", to: "a.log")
        harness.settle()
        #expect(harness.lines == [])
        harness.reader.checkpoint()
        try harness.killAndRestart()
        harness.append("DEF\nrest", to: "a.log")
        harness.settle()
        #expect(harness.lines == ["ABCDEF"])
    }

    @Test(
        "case 44: an unterminated last line of a deleted or rotated file is a line; it is never joined with another file's"
    )
    func finalHalfLine() throws {
        let harness = try ReaderHarness()
        harness.append("one\nhalf", to: "a.log")
        harness.append("x\nother half", to: "b.log")
        harness.settle()
        try harness.remove("a.log")
        try harness.rename("b.log", "b.log.1")
        harness.append("new\n", to: "b.log")
        harness.settle()
        #expect(harness.lines.sorted() == ["half", "new", "one", "other half", "x"])
        #expect(harness.reader.files.count == 2)
    }

    @Test("CRLF, empty lines, a BOM and a run of NULs")
    func lineEnds() throws {
        let harness = try ReaderHarness()
        harness.append("\u{feff}first\r\n\r\n\n\nsecond\n\0\0\0third\r\n", to: "a.log")
        harness.settle()
        #expect(harness.lines == ["first", "second", "third"])
        harness.reader.checkpoint()
        try harness.killAndRestart()
        harness.settle()
        #expect(harness.lines.count == 3)
    }

    @Test(
        "case 10: a line at the limit passes, a longer one is dropped and counted, the next one is intact",
        arguments: [0, 1, 900_000])
    func longLines(_ extra: Int) throws {
        let harness = try ReaderHarness { $0.inputs[0].maxLineBytes = 300_000 }
        let line = String(repeating: "x", count: 300_000 + extra)
        harness.append("before\n\(line)\nafter\n", to: "a.log")
        harness.settle()
        #expect(harness.lines == (extra == 0 ? ["before", line, "after"] : ["before", "after"]))
        let dropped = harness.reader.metrics.droppedLines.bind(["out", "too_long"]).value
        #expect(dropped == (extra == 0 ? 0 : 1))
    }

    @Test("case 6: blocks end anywhere: lines around the block size stay whole")
    func blockBoundary() throws {
        let harness = try ReaderHarness()
        for extra in -2...2 {
            harness.append(String(repeating: "y", count: BlockBuffer.usualBytes + extra) + "\nz\n", to: "a.log")
        }
        harness.settle()
        #expect(harness.lines.map(\.count) == (-2...2).flatMap { [BlockBuffer.usualBytes + $0, 1] })
    }

    @Test(
        "rename and create: the rest of the old file, late writes to it, then the new one",
        arguments: ["a.log.1", "gone"])
    func rotation(_ target: String) throws {
        let harness = try ReaderHarness()
        harness.append("1\n", to: "a.log")
        harness.settle()
        harness.append("2\n", to: "a.log")
        try harness.rename("a.log", target)
        harness.append("4\n", to: "a.log")
        harness.append("3\n", to: target)
        harness.settle()
        #expect(harness.lines.filter { $0 < "4" } == ["1", "2", "3"])
        #expect(harness.lines.sorted() == ["1", "2", "3", "4"])
    }

    @Test(
        "case 31: copytruncate: from the first byte, also when the new content has outgrown the old offset and over a restart"
    )
    func truncation() throws {
        for isRestarted in [false, true] {
            let harness = try ReaderHarness()
            let head = "the same first line in every file\n"
            harness.append(head + "old\n", to: "a.log")
            harness.settle()
            harness.reader.checkpoint()
            try harness.truncate("a.log")
            harness.append(head + (1...50).map { "new \($0)\n" }.joined(), to: "a.log")
            if isRestarted { try harness.killAndRestart() }
            harness.settle()
            #expect(Array(harness.lines.dropFirst(2)) == [String(head.dropLast())] + (1...50).map { "new \($0)" })
        }
    }

    @Test("case 33: a copy within the globs is not read again, its unread end is")
    func copy() throws {
        let harness = try ReaderHarness()
        let lines = (1...100).map { "line \($0)" }
        harness.append(lines.map { $0 + "\n" }.joined(), to: "a.log")
        harness.settle()
        harness.append("unread\n", to: "a.log")
        try FileManager.default.copyItem(
            atPath: harness.directory.file("a.log"), toPath: harness.directory.file("a.log.1"))
        try harness.truncate("a.log")
        harness.append("new\n", to: "a.log")
        harness.settle()
        #expect(harness.lines.sorted() == (lines + ["unread", "new"]).sorted())
    }

    @Test("case 27: renamed while stopped: the rest of the old file, then the new one")
    func renamedWhileStopped() throws {
        let harness = try ReaderHarness()
        harness.append("1\n", to: "a.log")
        harness.settle()
        harness.reader.checkpoint()
        harness.append("2\n", to: "a.log")
        try harness.rename("a.log", "a.log.1")
        harness.append("3\n", to: "a.log")
        try harness.killAndRestart()
        harness.settle()
        #expect(harness.lines.sorted() == ["1", "2", "3"])
    }

    @Test(
        "case 43: a deleted file is read to its end through the descriptor, and deleted with recreation is a new file")
    func deletion() throws {
        let harness = try ReaderHarness()
        harness.append("1\n", to: "a.log")
        harness.step()
        harness.append("2\n", to: "a.log")
        try harness.remove("a.log")
        harness.append("3\n", to: "a.log")
        harness.settle()
        #expect(harness.lines.sorted() == ["1", "2", "3"])
        #expect(harness.reader.files.count == 1)
    }

    @Test("case 25: a file that left the globs while the window was full is read to its end later, its half line too")
    func rotatedWhileBlocked() throws {
        let harness = try ReaderHarness {
            $0.maxUnackedBytes = 64 << 10
            $0.memoryBytes = 64 << 10
            $0.inputs[0].paths = [$0.stateDirectory + "/*.log"]
        }
        let lines = (0..<3000).map { "line \($0) \(String(repeating: "x", count: 60))" }
        harness.append(lines.joined(separator: "\n"), to: "a.log")
        harness.step()
        try harness.rename("a.log", "gone")
        for _ in 0..<20 { harness.step() }
        #expect(harness.lines.count < 3000)
        harness.settle()
        #expect(harness.lines == lines)
        #expect(harness.reader.files.isEmpty)
    }

    @Test("copied and truncated while stopped: the rest from the copy, then the new content")
    func copiedWhileStopped() throws {
        for copy in ["a.log.1", "a.log-20260102"] {
            let harness = try ReaderHarness()
            let lines = (1...100).map { "line \($0)" }
            harness.append(lines.map { $0 + "\n" }.joined(), to: "a.log")
            harness.settle()
            harness.reader.checkpoint()
            harness.append("unread\n", to: "a.log")
            try FileManager.default.copyItem(
                atPath: harness.directory.file("a.log"), toPath: harness.directory.file(copy))
            try harness.truncate("a.log")
            harness.append("new\n", to: "a.log")
            try harness.killAndRestart()
            harness.settle()
            #expect(harness.lines.sorted() == (lines + ["unread", "new"]).sorted())
        }
    }

    @Test("a copy does not claim what its original, which is still there, was read to")
    func copyBesideOriginal() throws {
        let harness = try ReaderHarness()
        let lines = (1...100).map { "line \($0)" }
        harness.append(lines.map { $0 + "\n" }.joined(), to: "a.log")
        harness.settle()
        harness.reader.checkpoint()
        try FileManager.default.copyItem(
            atPath: harness.directory.file("a.log"), toPath: harness.directory.file("a.log.1"))
        try harness.killAndRestart()
        harness.settle()
        #expect(harness.lines == lines)
    }

    @Test("case 20: FIFOs, directories and unreadable names that match are skipped without blocking; links count once")
    func oddFiles() throws {
        let harness = try ReaderHarness()
        mkfifo(harness.directory.file("fifo.log"), 0o600)
        mkdir(harness.directory.file("dir.log"), 0o700)
        symlink(harness.directory.file("nowhere"), harness.directory.file("dangling.log"))
        harness.append("x\n", to: "a.log")
        symlink(harness.directory.file("a.log"), harness.directory.file("link.log"))
        harness.settle()
        #expect(harness.lines == ["x"])
    }

    @Test("case 13: start_at end skips what was there, not what comes later")
    func startAtEnd() throws {
        let harness = try ReaderHarness { $0.inputs[0].startAt = .end }
        harness.append("old\nold ha", to: "a.log")
        harness.settle()
        harness.append("lf\nnew\n", to: "a.log")
        harness.append("fresh\n", to: "b.log")
        harness.settle()
        #expect(harness.lines.sorted() == ["fresh", "new"])
        harness.reader.checkpoint()
        harness.append("written while stopped\n", to: "c.log")
        try harness.killAndRestart()
        harness.settle()
        #expect(harness.lines.last == "written while stopped")
    }

    @Test("a tenant whose destination fails is skipped while the others go on, and caught up from the file")
    func failingTenant() throws {
        let harness = try ReaderHarness()
        func line(_ tenant: String, _ number: Int) -> String { "{\"tenant\":\"\(tenant)\",\"n\":\(number)}" }
        harness.append(line("a", 0) + "\n" + line("b", 0) + "\n", to: "a.log")
        harness.settle()
        harness.fail("a", true)
        for number in 1...50 { harness.append(line("a", number) + "\n" + line("b", number) + "\n", to: "a.log") }
        harness.settle()
        #expect(harness.delivered.filter { $0.tenant == "b" }.map(\.line) == (0...50).map { line("b", $0) })
        #expect(harness.delivered.filter { $0.tenant == "a" }.count == 1)
        harness.reader.checkpoint()
        try harness.killAndRestart()
        harness.append(line("a", 51) + "\n", to: "a.log")
        harness.settle()
        #expect(harness.delivered.filter { $0.tenant == "a" }.map(\.line) == (0...51).map { line("a", $0) })
        #expect(harness.delivered.filter { $0.tenant == "b" }.count == 51)
    }

    @Test("lines that name a default tenant with a legal id are sent again after a kill")
    func legalDefaultTenant() throws {
        let harness = try ReaderHarness { $0.defaultTenant = "nobody" }
        harness.append("plain 1\n{\"tenant\":\"nobody\"}\nplain 2\n", to: "a.log")
        harness.step()
        harness.reader.checkpoint()
        let sent = harness.lines
        try harness.killAndRestart()
        harness.settle()
        #expect(sent.count == 3)
        #expect(harness.lines == sent + sent)
    }

    @Test("a tenant stays behind while the file cannot be read, and gets its lines once it can")
    func unreadableWhileBehind() throws {
        let harness = try ReaderHarness()
        harness.append("{\"tenant\":\"a\",\"n\":0}\n", to: "a.log")
        harness.settle()
        harness.fail("a", true)
        harness.append("{\"tenant\":\"a\",\"n\":1}\n{\"tenant\":\"b\"}\n", to: "a.log")
        harness.settle()
        #expect(harness.lines.count == 2)
        let number = try #require(harness.reader.files.values.first?.source.openNumber)
        let good = dup(number)
        let directory = open(harness.directory.path, O_RDONLY | O_DIRECTORY)
        defer {
            close(good)
            close(directory)
        }
        // Reading a directory fails, as a broken disk would.
        try #require(dup2(directory, number) == number)
        harness.fail("a", false)
        harness.settle()
        #expect(harness.lines.count == 2)
        try #require(dup2(good, number) == number)
        harness.settle()
        #expect(harness.lines.last == "{\"tenant\":\"a\",\"n\":1}")
    }

    @Test("a line longer than its tenant's share of the window is sent")
    func lineBeyondShare() throws {
        let harness = try ReaderHarness {
            $0.maxUnackedBytes = 64 << 10
            $0.memoryBytes = 64 << 10
        }
        let long = "{\"tenant\":\"a\",\"text\":\"\(String(repeating: "x", count: 40 << 10))\"}"
        let short = ["{\"tenant\":\"b\"}", "{\"tenant\":\"a\"}"]
        harness.append("\(short[0])\n\(long)\n\(short[1])\n\(long)\n", to: "a.log")
        harness.settle()
        #expect(harness.delivered.filter { $0.tenant == "a" }.map(\.line) == [long, short[1], long])
        #expect(harness.delivered.filter { $0.tenant == "b" }.map(\.line) == [short[0]])
    }

    @Test("a name that moved to another file between the look and the open is left to the next look")
    func movedBeforeOpen() throws {
        let harness = try ReaderHarness()
        harness.append("x\n", to: "a.log")
        harness.settle()
        let stale = Sighting(
            path: harness.directory.file("a.log"), identity: FileIdentity(device: 0, inode: 1), size: 2)
        harness.reader.open(stale, harness.now)
        #expect(harness.reader.files.count == 1)
        #expect(harness.reader.needsScan)
        harness.settle()
        #expect(harness.lines == ["x"])
    }

    @Test("a tenant that is behind gets its lines from the copy that copytruncate left")
    func copyForTenantBehind() throws {
        let harness = try ReaderHarness()
        func line(_ tenant: String, _ number: Int) -> String { "{\"tenant\":\"\(tenant)\",\"n\":\(number)}" }
        harness.append(line("a", 0) + "\n", to: "a.log")
        harness.settle()
        harness.fail("a", true)
        for number in 1...50 { harness.append(line("a", number) + "\n" + line("b", number) + "\n", to: "a.log") }
        harness.settle()
        harness.reader.checkpoint()
        try FileManager.default.copyItem(
            atPath: harness.directory.file("a.log"), toPath: harness.directory.file("a.log.1"))
        try harness.truncate("a.log")
        harness.settle()
        harness.fail("a", false)
        harness.settle()
        #expect(harness.delivered.filter { $0.tenant == "a" }.map(\.line) == (0...50).map { line("a", $0) })
        #expect(harness.delivered.filter { $0.tenant == "b" }.map(\.line) == (1...50).map { line("b", $0) })
    }

    @Test("copytruncate with a kill: the copy gives what was in batches; without one nothing comes twice")
    func copyOwesUnacknowledged() throws {
        for (isKilled, isInFlight) in [(true, true), (true, false), (false, true), (false, false)] {
            let harness = try ReaderHarness()
            func line(_ number: Int) -> String { "{\"tenant\":\"t\(number % 2)\",\"n\":\(number)}" }
            harness.append((0..<50).map { line($0) + "\n" }.joined(), to: "a.log")
            harness.step()
            if !isInFlight { harness.acknowledge(try #require(harness.waiting.first)) }
            let acknowledged = isInFlight ? [] : harness.delivered.filter { $0.tenant == harness.delivered[0].tenant }
            try FileManager.default.copyItem(
                atPath: harness.directory.file("a.log"), toPath: harness.directory.file("a.log.1"))
            harness.step()
            try harness.truncate("a.log")
            harness.append("new\n", to: "a.log")
            for _ in 0..<3 { harness.step() }
            harness.reader.checkpoint()
            #expect(harness.lines.count == 51)
            if isKilled {
                try harness.killAndRestart()
                harness.settle()
                let again = harness.lines.dropFirst(51)
                let owed = (0..<50).map(line).filter { text in !acknowledged.contains { $0.line == text } } + ["new"]
                #expect(again.sorted() == owed.sorted())
            } else {
                harness.acknowledgeAll()
                harness.settle()
                #expect(harness.lines.count == 51)
                harness.reader.checkpoint()
                try harness.killAndRestart()
                harness.settle()
                #expect(harness.lines.count == 51)
            }
        }
    }

    @Test("a checkpoint made under other routing rules loses nothing")
    func routingChange() throws {
        let harness = try ReaderHarness()
        harness.append("{\"tenant\":\"a\",\"app\":\"x\"}\n{\"tenant\":\"b\",\"app\":\"y\"}\n", to: "a.log")
        harness.step()
        let later = try #require(harness.waiting.first { $0.tenantName == "b" })
        harness.acknowledge(later)
        harness.reader.checkpoint()
        harness.configuration.inputs[0].tenantField = "app"
        try harness.killAndRestart()
        harness.settle()
        #expect(harness.delivered.dropFirst(2).map(\.tenant).sorted() == ["x", "y"])
    }
}
