import Foundation
import GatewayMetrics
import TestSupport
import Testing

@testable import LogShipper

@Suite("Rotating real files")
struct RotationCaseTests {
    @Test("case 23: rename and create, late writes to the old file, then the new one: old before new")
    func lateWrites() throws {
        for target in ["a.log.1", "gone"] {
            let harness = try ReaderHarness { $0.rotateGraceNanos = 60_000_000_000 }
            harness.append("0\n", to: "a.log")
            harness.settle()
            harness.append("1\n", to: "a.log")
            try harness.rename("a.log", target)
            harness.append("2\n", to: target)
            harness.append("3\n", to: "a.log")
            harness.step()
            for number in stride(from: 4, to: 20, by: 2) {
                harness.append("\(number)\n", to: target)
                harness.append("\(number + 1)\n", to: "a.log")
                harness.step()
            }
            harness.settle()
            #expect(harness.lines == (0..<20).map(String.init))
        }
    }

    @Test("an old file that takes several turns comes before its successor, at the first start too")
    func oldBeforeNew() throws {
        for isKnown in [false, true] {
            let harness = try ReaderHarness {
                $0.maxUnackedBytes = 64 << 20
                $0.memoryBytes = 64 << 20
            }
            var number = 0
            func block() -> String {
                defer { number += 30_000 }
                return (number..<number + 30_000).map { "\($0) \(String(repeating: "x", count: 80))\n" }.joined()
            }
            for name in ["a.log.2", "a.log.1", "a.log"] {
                harness.append(block(), to: name)
                if isKnown, name == "a.log.2" { harness.step() }
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSinceNow: Double(number / 1000 - 3600))],
                    ofItemAtPath: harness.directory.file(name))
            }
            harness.settle()
            #expect(harness.lines.map { Int($0.prefix { $0 != " " }) } == (0..<number).map { $0 })
        }
    }

    @Test("case 24: three rotations between two looks: all lines once")
    func threeRotations() throws {
        let harness = try ReaderHarness()
        harness.append("1\n", to: "a.log")
        harness.settle()
        for round in 0..<3 {
            harness.append("\(round) end\n", to: "a.log")
            for number in stride(from: round, through: 1, by: -1) {
                try harness.rename("a.log.\(number)", "a.log.\(number + 1)")
            }
            try harness.rename("a.log", "a.log.1")
            harness.append("\(round) start\n", to: "a.log")
        }
        harness.settle()
        #expect(
            harness.lines.sorted() == ["0 end", "0 start", "1", "1 end", "1 start", "2 end", "2 start"])
    }

    @Test("case 26: what rotates within the globs is not read again, however often")
    func withinTheGlobs() throws {
        let harness = try ReaderHarness()
        for round in 0..<5 {
            harness.append("\(round)\n", to: "a.log")
            harness.settle()
            for number in stride(from: round, through: 1, by: -1) {
                try harness.rename("a.log.\(number)", "a.log.\(number + 1)")
            }
            try harness.rename("a.log", "a.log.1")
            if round == 2 {
                harness.reader.checkpoint()
                try harness.killAndRestart()
            }
            harness.settle()
        }
        #expect(harness.lines == ["0", "1", "2", "3", "4"])
    }

    @Test("case 30: copytruncate to fewer bytes than were read: from the first byte")
    func shorter() throws {
        let harness = try ReaderHarness()
        harness.append("a long first generation\n", to: "a.log")
        harness.settle()
        try harness.truncate("a.log")
        harness.append("new\n", to: "a.log")
        harness.settle()
        #expect(harness.lines == ["a long first generation", "new"])
    }

    @Test("case 32: truncated while stopped, whether outgrown or not: from the first byte")
    func truncatedWhileStopped() throws {
        for count in [1, 100] {
            let harness = try ReaderHarness()
            harness.append((0..<20).map { "old \($0)\n" }.joined(), to: "a.log")
            harness.settle()
            harness.reader.checkpoint()
            try harness.truncate("a.log")
            harness.append((0..<count).map { "new \($0)\n" }.joined(), to: "a.log")
            try harness.killAndRestart()
            harness.settle()
            #expect(Array(harness.lines.dropFirst(20)) == (0..<count).map { "new \($0)" })
        }
    }

    @Test("case 34: acknowledgements that come after a truncation write no offset behind the new end")
    func lateAcknowledgement() throws {
        let harness = try ReaderHarness()
        harness.append((0..<100).map { "old \($0)\n" }.joined(), to: "a.log")
        harness.step()
        try harness.truncate("a.log")
        harness.append("new\n", to: "a.log")
        for _ in 0..<2 { harness.step() }
        harness.acknowledgeAll()
        harness.reader.checkpoint()
        let saved = try #require(CheckpointStore(directory: harness.directory.path).load().checkpoint)
        // The second is what a copy of the old content would be known by.
        #expect(saved.files.map(\.front) == [4, 690])
        #expect(saved.files.allSatisfy { $0.pending.isEmpty })
        try harness.killAndRestart()
        harness.append("more\n", to: "a.log")
        harness.settle()
        #expect(Array(harness.lines.dropFirst(100)) == ["new", "more"])
    }

    @Test("case 35: a new file with a known inode is read from its first byte, running and after a stop")
    func inodeReuse() throws {
        for isStopped in [false, true] {
            let harness = try ReaderHarness()
            harness.append("old one\nold two\n", to: "a.log")
            harness.settle()
            harness.reader.checkpoint()
            let old = try #require(harness.reader.files.values.first)
            if !isStopped { old.source.close() }
            // What the disk does when it gives the inode to a new file is the same as overwriting the old one.
            try harness.truncate("a.log")
            harness.append("another file with another name\n", to: "a.log")
            try harness.rename("a.log", "b.log")
            if isStopped { try harness.killAndRestart() }
            harness.settle()
            #expect(Array(harness.lines.dropFirst(2)) == ["another file with another name"])
        }
    }

    @Test("case 36: two files with the same first bytes are both read completely, also while they are equal")
    func samePrefix() throws {
        let harness = try ReaderHarness()
        let banner = (0..<30).map { "banner \($0)" }
        let text = banner.map { $0 + "\n" }.joined()
        harness.append(text, to: "a.log")
        harness.settle()
        harness.append(text, to: "b.log")
        harness.settle()
        harness.append("a\n", to: "a.log")
        harness.append("b\n", to: "b.log")
        harness.settle()
        #expect(Array(harness.lines.prefix(60)) == banner + banner)
        #expect(harness.lines.dropFirst(60).sorted() == ["a", "b"])
    }

    @Test("case 38: every rotated file starts with the same 4 KiB and is still told from the others")
    func samePreamble() throws {
        let harness = try ReaderHarness()
        let preamble = (0..<100).map { "preamble \($0) \(String(repeating: "p", count: 40))" }
        for round in 0..<4 {
            harness.append(preamble.map { $0 + "\n" }.joined() + "round \(round)\n", to: "a.log")
            harness.settle()
            if round == 2 {
                harness.reader.checkpoint()
                try harness.killAndRestart()
            }
            for number in stride(from: round, through: 1, by: -1) {
                try harness.rename("a.log.\(number)", "a.log.\(number + 1)")
            }
            try harness.rename("a.log", "a.log.1")
        }
        harness.settle()
        #expect(harness.lines == (0..<4).flatMap { preamble + ["round \($0)"] })
    }

    @Test("case 39: a file replaced by rename goes on where its beginning is the same, and starts anew where not")
    func atomicReplace() throws {
        let harness = try ReaderHarness()
        let lines = (0..<50).map { "line \($0)" }
        let text = lines.map { $0 + "\n" }.joined()
        harness.append(text, to: "a.log")
        harness.settle()
        harness.append(text + "more\n", to: "new")
        try FileManager.default.removeItem(atPath: harness.directory.file("a.log"))
        try harness.rename("new", "a.log")
        harness.settle()
        #expect(harness.lines == lines + ["more"])
        harness.append("something else\n", to: "new")
        try FileManager.default.removeItem(atPath: harness.directory.file("a.log"))
        try harness.rename("new", "a.log")
        harness.settle()
        #expect(harness.lines == lines + ["more", "something else"])
    }

    @Test("case 40: a link that moves on thirty times: every target that a look saw is drained, in order")
    func movingLink() throws {
        let harness = try ReaderHarness { $0.inputs[0].paths = [$0.stateDirectory + "/current.log"] }
        let link = harness.directory.file("current.log")
        for number in 0..<30 {
            try harness.directory.write("\(number) start\n", to: "pod/\(number)")
            unlink(link)
            symlink(harness.directory.file("pod/\(number)"), link)
            harness.step()
            harness.append("\(number) end\n", to: "pod/\(number)")
        }
        harness.settle()
        #expect(harness.lines == (0..<30).flatMap { ["\($0) start", "\($0) end"] })
        #expect(harness.reader.files.count == 1)
    }

    @Test("case 41: the state of a dangling link is let go; when its target comes again it is read")
    func danglingLink() throws {
        let harness = try ReaderHarness { $0.inputs[0].paths = [$0.stateDirectory + "/link.log"] }
        symlink(harness.directory.file("target"), harness.directory.file("link.log"))
        harness.append("1\n", to: "target")
        harness.settle()
        try harness.remove("target")
        harness.settle()
        #expect(harness.reader.files.isEmpty)
        #expect(harness.reader.pool.open.isEmpty)
        harness.append("2\n", to: "target")
        harness.settle()
        #expect(harness.lines == ["1", "2"])
    }

    @Test("case 42: a deleted file is held while its lines are not acknowledged, until deleted files take too much")
    func deletedBudget() throws {
        let harness = try ReaderHarness {
            $0.memoryBytes = 64 << 10
            $0.maxDeletedBytes = 300_000
        }
        let text = String(repeating: String(repeating: "x", count: 99) + "\n", count: 2000)
        harness.append(text, to: "a.log")
        harness.step()
        try harness.remove("a.log")
        for _ in 0..<5 { harness.step() }
        #expect(harness.reader.pool.open.count == 1)
        harness.append(text, to: "b.log")
        harness.step()
        try harness.remove("b.log")
        for _ in 0..<5 { harness.step() }
        // The older one is let go; what was read of it is in batches.
        #expect(harness.reader.pool.open.count == 1)
        let lost = harness.reader.metrics.lostBytes.bind(["deleted"]).value
        #expect(lost > 100_000 && lost < 200_000)
        let read = harness.lines.count
        harness.settle()
        #expect(harness.lines.count == read + 2000)
        #expect(harness.reader.files.isEmpty)
        #expect(harness.reader.pool.open.isEmpty)
    }

    @Test("case 45: files that go faster than they are read and are not held are counted, and nothing comes twice")
    func expiringBackups() throws {
        let harness = try ReaderHarness { $0.maxOpenFiles = 16 }
        let count = 100
        for number in 0..<count { harness.append("\(number) a\n", to: "\(number).log") }
        harness.settle()
        for number in 0..<count {
            harness.append("\(number) b\n", to: "\(number).log")
        }
        // The look sees that they have grown, then they are gone before anything is read.
        harness.now += 1_000_000_000
        harness.reader.scanIfDue(harness.now)
        for number in 0..<count { try harness.remove("\(number).log") }
        harness.settle()
        let missing = count * 2 - harness.lines.count
        #expect(missing > 0)
        #expect(Set(harness.lines).count == harness.lines.count)
        let lost = harness.reader.metrics.lostBytes.bind(["gone"]).value
        #expect(Double(lost) >= Double(missing * 4) && Double(lost) <= Double(missing * 5))
        #expect(harness.reader.files.isEmpty)
    }
}
