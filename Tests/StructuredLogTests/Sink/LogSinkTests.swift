import Foundation
import TestSupport
import Testing

@testable import StructuredLog

/// The real thing: files, threads, and a clock that runs.
@Suite struct LogSinkTests {
    private func lines(_ directory: TemporaryDirectory, _ names: [String]) -> [String] {
        names.flatMap { splitLines(directory.text($0)) }
    }

    /// Every ring's seq in the order of the file.
    private func sequences(_ lines: [String]) throws -> [Int: [Int]] {
        var result: [Int: [Int]] = [:]
        for line in lines {
            let object = try Lines.parse(Array((line + "\n").utf8))
            let loop = try #require(object["loop"] as? Int)
            result[loop, default: []].append(try #require(object["seq"] as? Int))
        }
        return result
    }

    /// Offers from one thread per ring, and waits for all of them.
    private func produce(_ sink: LogSink, rings: ClosedRange<Int>, count: Int) {
        let group = DispatchGroup()
        for index in rings {
            let thread = Thread {
                let ring = sink.ring(index)
                for number in 0..<count {
                    var entry = AccessEntry(timestampMicros: WallClock.micros())
                    entry.tenant = AccessEntry.bytes("acme")
                    entry.status = 200 + number % 300
                    ring.offer(entry)
                }
                group.leave()
            }
            group.enter()
            thread.start()
        }
        group.wait()
    }

    @Test func `lines of several threads arrive in order, and gaps are what was dropped`() throws {
        let directory = try TemporaryDirectory()
        let sink = try LogSink(path: directory.file("access.jsonl"), rings: 3, ringBytes: 65_536)
        sink.start()
        produce(sink, rings: 1...3, count: 20_000)
        #expect(sink.close())
        let numbers = try sequences(lines(directory, ["access.jsonl"]))
        for ring in 1...3 {
            let own = numbers[ring] ?? []
            #expect(zip(own, own.dropFirst()).allSatisfy { $0 < $1 })
            #expect(own.count + sink.ring(ring).droppedLines(.ringFull) == 20_000)
        }
        let counters = sink.counters
        #expect(counters.offeredLines == 60_000)
        #expect(counters.writtenLines + counters.droppedTotal == 60_000)
    }

    @Test func `ring 0 takes lines from any thread`() throws {
        let directory = try TemporaryDirectory()
        let sink = try LogSink(path: directory.file("app.jsonl"), rings: 0)
        sink.start()
        let group = DispatchGroup()
        for number in 0..<8 {
            group.enter()
            Thread.detachNewThread {
                for _ in 0..<250 {
                    sink.write(LogRecord(event: .audit, level: .info, message: "changed", logger: "t\(number)"))
                }
                group.leave()
            }
        }
        group.wait()
        #expect(sink.close())
        #expect(try sequences(lines(directory, ["app.jsonl"]))[0] == Array(1...2000))
    }

    @Test func `files that are renamed under traffic lose no line`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("access.jsonl")
        let sink = try LogSink(path: path, rings: 2, ringBytes: 8_388_608)
        sink.start()
        let group = DispatchGroup()
        group.enter()
        Thread.detachNewThread {
            for round in 0..<20 {
                // The path exists only between a reopen and the next rename.
                _ = eventually { FileManager.default.fileExists(atPath: path) }
                try? FileManager.default.moveItem(atPath: path, toPath: directory.file("old.\(round)"))
                sink.reopen()
            }
            group.leave()
        }
        produce(sink, rings: 1...2, count: 20_000)
        group.wait()
        #expect(eventually { FileManager.default.fileExists(atPath: path) })
        #expect(sink.close())
        let files = (0..<20).map { "old.\($0)" } + ["access.jsonl"]
        let numbers = try sequences(lines(directory, files))
        #expect(numbers[1]?.sorted() == Array(1...20_000))
        #expect(numbers[2]?.sorted() == Array(1...20_000))
        #expect(sink.counters.reopens == 20)
    }

    @Test func `a rename without a signal is noticed`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("access.jsonl")
        let sink = try LogSink(path: path, rings: 1)
        sink.start()
        sink.ring(1).offer(AccessEntry(timestampMicros: 1))
        #expect(eventually { sink.counters.writtenLines == 1 })
        try FileManager.default.moveItem(atPath: path, toPath: directory.file("old"))
        #expect(eventually { FileManager.default.fileExists(atPath: path) })
        sink.ring(1).offer(AccessEntry(timestampMicros: 2))
        #expect(sink.close())
        #expect(lines(directory, ["old"]).count == 1)
        #expect(lines(directory, ["access.jsonl"]).count == 1)
    }

    @Test func `a second start appends, and ends half a line first`() throws {
        let directory = try TemporaryDirectory()
        try directory.write("{\"a\":1}\n{\"half", to: "access.jsonl")
        let sink = try LogSink(path: directory.file("access.jsonl"), rings: 1)
        sink.ring(1).offer(AccessEntry(timestampMicros: 1))
        #expect(sink.close())
        let all = lines(directory, ["access.jsonl"])
        #expect(all.count == 3)
        #expect(all[1] == "{\"half")
        _ = try Lines.parse(Array((all[2] + "\n").utf8))
    }

    @Test func `an idle writer is woken by a line`() throws {
        let directory = try TemporaryDirectory()
        var timing = WriterState.Timing()
        timing.idleAfter = 0
        timing.idleWait = 60_000_000_000
        timing.checkEvery = 1_000_000_000_000
        let sink = try LogSink(
            file: PosixLogFile(path: directory.file("a")), path: "a", rings: 1, ringBytes: 65_536, queries: .nothing,
            run: "r", timing: timing)
        sink.start()
        for round in 1...20 {
            sink.ring(1).offer(AccessEntry(timestampMicros: 1))
            #expect(eventually { sink.counters.writtenLines == round })
        }
        #expect(sink.close())
    }

    @Test func `a missing folder, a folder and a bad setting are clear errors`() throws {
        let directory = try TemporaryDirectory()
        let missing = directory.file("none/access.jsonl")
        #expect(throws: LogSinkError.directoryMissing(path: missing)) { try LogSink(path: missing, rings: 1) }
        #expect(throws: LogSinkError.isDirectory(path: directory.path)) { try LogSink(path: directory.path, rings: 1) }
        #expect(throws: LogSinkError.self) { try LogSink(path: directory.file("a"), rings: -1) }
        #expect(throws: LogSinkError.self) { try LogSink(path: directory.file("a"), rings: 1, ringBytes: 0) }
        #expect(throws: LogSinkError.self) { try LogSink(path: directory.file("a"), rings: 1, run: "a\"b") }
        let text = LogSinkError.directoryMissing(path: "/x/y.jsonl").description
        #expect(text == "log file /x/y.jsonl: its folder does not exist; create it or change the path")
        let denied = LogSinkError.notWritable(path: "/x", code: 13).description
        #expect(denied == "log file /x: cannot be opened for writing: Permission denied")
    }

    @Test func `an index without a ring gives the ring that is safe for all`() throws {
        let sink = try LogSink(path: "/dev/null", rings: 2)
        #expect(sink.ring(2).index == 2)
        #expect(sink.ring(3).index == 0)
        #expect(sink.ring(-1).index == 0)
        #expect(sink.close())
    }

    @Test func `a close that cannot write ends in time and counts what it lost`() throws {
        let file = FaultyFile()
        let sink = try LogSink(
            file: file, path: "x", rings: 1, ringBytes: 65_536, queries: .nothing, run: "r", timing: .init())
        file.permanent = .fails(28)
        for _ in 0..<10 { sink.ring(1).offer(AccessEntry(timestampMicros: 0)) }
        #expect(!sink.close(deadlineNanos: 20_000_000))
        #expect(sink.counters.droppedLines[.closed] == 10)
        #expect(!sink.close(deadlineNanos: 0))
    }
}
