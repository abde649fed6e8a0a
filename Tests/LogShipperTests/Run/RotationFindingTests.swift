import Foundation
import TestSupport
import Testing

@testable import LogShipper

/// What runs of the model found, each by itself.
@Suite("Rotation, as random runs found it")
struct RotationFindingTests {
    private static let old = (0..<100).map { "an old line with the number \($0)\n" }

    @Test(
        "a copy that is seen later than the truncation of its original goes on where that was",
        arguments: [false, true])
    func lateCopy(isKilled: Bool) throws {
        let harness = try ReaderHarness()
        harness.append(Self.old[..<60].joined(), to: "x.log")
        harness.settle()
        try harness.truncate("x.log")
        harness.append("new\n", to: "x.log")
        harness.step()
        harness.acknowledgeAll()
        harness.reader.checkpoint()
        if isKilled { try harness.killAndRestart() }
        harness.append(Self.old.joined(), to: "x.log.1")
        harness.settle()
        #expect(harness.lines.sorted() == (Self.old.map { String($0.dropLast()) } + ["new"]).sorted())
    }

    @Test("what is in batches of a truncated file is owed by its copy, and not sent again without a kill")
    func lateCopyOfPending() throws {
        for isKilled in [false, true] {
            let harness = try ReaderHarness()
            harness.append(Self.old.joined(), to: "x.log")
            harness.step()
            try harness.truncate("x.log")
            harness.append("new\n", to: "x.log")
            harness.step()
            harness.append(Self.old.joined(), to: "x.log.1")
            harness.step()
            harness.reader.checkpoint()
            if isKilled { try harness.killAndRestart() }
            harness.settle()
            #expect(Set(harness.lines).count == 101)
            #expect(isKilled || harness.lines.count == 101)
        }
    }

    @Test("an empty file that left the globs is found by its inode only under a name that rotation gives")
    func emptyByInode() throws {
        for (name, isFound) in [("x-20261130.old", false), ("y.old", false), ("x.log.old", true)] {
            let harness = try ReaderHarness {
                $0.inputs[0].paths = [$0.stateDirectory + "/*.log"]
            }
            harness.append("", to: "x.log")
            harness.settle()
            harness.reader.checkpoint()
            try harness.rename("x.log", name)
            harness.append("late\n", to: name)
            try harness.killAndRestart()
            harness.settle()
            #expect(harness.lines == (isFound ? ["late"] : []), "\(name)")
        }
    }

    @Test(
        "a rotated file that is still written to and the file that followed it do not wait for each other"
    )
    func noCircle() throws {
        let harness = try ReaderHarness()
        harness.append("one\n", to: "x.log")
        harness.settle()
        harness.reader.checkpoint()
        try harness.rename("x.log", "x.log.1")
        harness.append("three\n", to: "x.log")
        harness.append("two\n", to: "x.log.1")
        let hourAgo = Date(timeIntervalSinceNow: -3600)
        try FileManager.default.setAttributes(
            [.modificationDate: hourAgo], ofItemAtPath: harness.directory.file("x.log"))
        try harness.killAndRestart()
        harness.settle()
        #expect(harness.lines == ["one", "two", "three"])
    }
}
