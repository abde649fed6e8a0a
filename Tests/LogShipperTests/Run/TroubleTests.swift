import Foundation
import GatewayMetrics
import Synchronization
import TestSupport
import Testing

@testable import LogShipper

@Suite("Files that make trouble")
struct TroubleTests {
    @Test("times beyond what nanoseconds can say are old or new, and stop nobody")
    func oddTimes() throws {
        let harness = try ReaderHarness { $0.inputs[0].ignoreOlderNanos = 3_600_000_000_000 }
        for (name, seconds) in [("future.log", 9_800_000_000), ("past.log", -9_800_000_000)] {
            harness.append("\(name)\n", to: name)
            var times = [
                timespec(tv_sec: seconds, tv_nsec: 999_999_999), timespec(tv_sec: seconds, tv_nsec: 999_999_999),
            ]
            try #require(utimensat(AT_FDCWD, harness.directory.file(name), &times, 0) == 0)
        }
        harness.append("now\n", to: "now.log")
        harness.settle()
        #expect(harness.lines.contains("now") && harness.lines.contains("future.log"))
        for seconds in [Int.max, Int.min, 9_800_000_000] {
            var info = stat()
            info.st_mtim = timespec(tv_sec: seconds, tv_nsec: 999_999_999)
            #expect(FileShell.sighting("", info).modifiedNanos == (seconds < 0 ? .min : .max))
        }
    }

    @Test("a file that cannot be read for a while is read on though nothing about it changes")
    func transientError() throws {
        let harness = try ReaderHarness()
        harness.append("1\n", to: "a.log")
        harness.settle()
        let file = try #require(harness.reader.files.values.first)
        let number = try #require(file.source.openNumber)
        let good = dup(number)
        let directory = open(harness.directory.path, O_RDONLY | O_DIRECTORY)
        defer {
            close(good)
            close(directory)
        }
        // Reading a directory fails, as a broken disk would.
        try #require(dup2(directory, number) == number)
        harness.append("2\n", to: "a.log")
        harness.settle()
        #expect(harness.lines == ["1"])
        #expect(file.readFailures > 0)
        #expect(file.retryNanos > 0)
        try #require(dup2(good, number) == number)
        for _ in 0..<40 { harness.step() }
        #expect(harness.lines == ["1", "2"])
        #expect(file.readFailures == 0)
    }

    @Test("a file that can never be read does not hold up the next one of its log")
    func lastingError() throws {
        let harness = try ReaderHarness()
        harness.append("1\n", to: "a.log")
        harness.settle()
        let number = try #require(harness.reader.files.values.first?.source.openNumber)
        let directory = open(harness.directory.path, O_RDONLY | O_DIRECTORY)
        defer { close(directory) }
        harness.append("2\n", to: "a.log")
        try #require(dup2(directory, number) == number)
        try harness.rename("a.log", "a.log.1")
        harness.append("3\n", to: "a.log")
        for _ in 0..<40 { harness.step() }
        #expect(harness.lines == ["1", "3"])
    }

    @Test("a reader that has ended holds no file open")
    func end() throws {
        let harness = try ReaderHarness()
        harness.append("1\n", to: "a.log")
        harness.append("2\n", to: "b.log")
        harness.settle()
        try harness.remove("b.log")
        #expect(harness.reader.pool.open.count == 2)
        harness.reader.shared.isStopping.store(true, ordering: .releasing)
        harness.reader.run()
        #expect(harness.reader.pool.open.isEmpty)
    }

    /// What the destination does here: it takes all at once, and for each batch as much is written to the busy file.
    private final class Destination: @unchecked Sendable {
        let harness: ReaderHarness
        let reader: ReaderLoop
        var batches = 0
        var quietAfter: Int?

        init(_ harness: ReaderHarness) {
            self.harness = harness
            reader = harness.reader
            reader.nudge = {}
            reader.submit = { [unowned self] batch in take(batch) }
        }

        private func take(_ batch: Batch) {
            batches += 1
            let quiet = (0..<batch.lineCount).contains { String(decoding: batch.line($0), as: UTF8.self) == "quiet" }
            if quiet { quietAfter = batches }
            if quiet || batches > 400 {
                reader.shared.isStopping.store(true, ordering: .releasing)
            } else {
                harness.append(String(repeating: "busy\n", count: batch.lineCount + 1), to: "busy.log")
            }
            if batches == 10 { harness.append("quiet\n", to: "quiet.log") }
            reader.shared.events.post(.settled(Settlement(Unit(whole: batch), .acknowledged)))
        }
    }

    @Test("case 22: a quiet file does not wait for the next look while a busy one has a backlog")
    func quietBesideBusy() throws {
        let harness = try ReaderHarness { $0.rescanNanos = 3_600_000_000_000 }
        harness.append("first\n", to: "quiet.log")
        harness.append(String(repeating: "busy\n", count: 1_000_000), to: "busy.log")
        try #require(harness.reader.watch.descriptor >= 0)
        let destination = Destination(harness)
        harness.reader.run()
        #expect(destination.quietAfter != nil)
    }

    @Test("a file that several inputs match belongs to the first of them, whichever look is back first")
    func overlap() throws {
        let harness = try ReaderHarness {
            let folder = $0.stateDirectory
            $0.inputs = ["bank/*.log", "*/*.log"].map { ShipperConfiguration.Input(paths: ["\(folder)/\($0)"]) }
        }
        try harness.directory.write("x\n", to: "bank/a.log")
        try harness.directory.write("y\n", to: "shop/a.log")
        let reader = harness.reader
        let gate = DispatchSemaphore(value: 0)
        reader.scouts = try reader.patterns.enumerated().map { input, pattern in
            try InputScout(
                {
                    if input == 0 { gate.wait() }
                    return pattern.look()
                }, wakeReader: {})
        }
        #expect(
            eventually {
                harness.step()
                return reader.files.count == 2
            })
        let inputs = Dictionary(uniqueKeysWithValues: reader.files.values.map { ($0.path, $0.input) })
        #expect(inputs == [harness.directory.file("bank/a.log"): 0, harness.directory.file("shop/a.log"): 1])
        gate.signal()
        reader.stopScouts()
    }

    @Test("what a glob matches can be told from a path alone")
    func paths() {
        let yes = [
            ("/a/*.log", "/a/b.log"), ("/a/b.log", "/a/b.log"), ("/a/**/*.log", "/a/b.log"),
            ("/a/**/*.log", "/a/c/d/b.log"),
            ("/a/**", "/a/b/c"), ("/a/**", "/a/b"), ("a/*", "a/b"), ("/*/b", "/a/b"), ("/./a/b", "/a/b"),
        ]
        let no = [
            ("/a/*.log", "/a/b/c.log"), ("/a/*.log", "/a/.log"), ("/a/**", "/a/.b/c"), ("/a/**", "/a/.c"),
            ("/a/*", "a/b"),
            ("/a/**/x/*.log", "/a/b/c.log"), ("/a/*.log", "/a"), ("/a/x.log", "/a/y.log"),
        ]
        for (glob, path) in yes { #expect(PathPattern(paths: [glob], exclude: []).matches(path), "\(glob) \(path)") }
        for (glob, path) in no { #expect(!PathPattern(paths: [glob], exclude: []).matches(path), "\(glob) \(path)") }
        #expect(!PathPattern(paths: ["/a/*"], exclude: ["/a/b*"]).matches("/a/bc"))
    }
}
