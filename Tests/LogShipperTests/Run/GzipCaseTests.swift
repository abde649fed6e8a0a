import Foundation
import GatewayMetrics
import TestSupport
import Testing

@testable import LogShipper

@Suite("Reading compressed files")
struct GzipCaseTests {
    private func gzip(_ text: String) throws -> [UInt8] {
        let output = GrowableBytes()
        try Array(text.utf8).withUnsafeBytes { try ZlibGzip(level: 1).compress($0, into: output) }
        return Array(output.bytes)
    }

    private func lines(_ range: Range<Int>) -> [String] { range.map { "line \($0) of some length" } }

    private func text(_ range: Range<Int>) -> String { lines(range).map { $0 + "\n" }.joined() }

    @Test(
        "case 28: compressed while stopped: the rest is read from the decompressed offset; read before: nothing again")
    func compressedWhileStopped() throws {
        for isReadBefore in [false, true] {
            let harness = try ReaderHarness()
            harness.append(text(0..<1000), to: "a.log")
            harness.settle()
            harness.reader.checkpoint()
            if !isReadBefore { harness.append(text(1000..<2000), to: "a.log") }
            let count = isReadBefore ? 1000 : 2000
            let all = try gzip(text(0..<count))
            try harness.remove("a.log")
            harness.append(all, to: "a.log.1.gz")
            harness.append("new\n", to: "a.log")
            try harness.killAndRestart()
            harness.settle()
            #expect(harness.lines == lines(0..<count) + ["new"])
        }
    }

    @Test("compressed while running, piece by piece as gzip does: nothing is read again, the unread end is")
    func compressedWhileRunning() throws {
        let harness = try ReaderHarness {
            $0.rotateGraceNanos = 10_000_000_000
            $0.maxOpenFiles = 16
        }
        harness.append(text(0..<2000), to: "a.log")
        harness.settle()
        harness.append("half", to: "a.log")
        let all = try gzip(text(0..<2000) + "half of a line\n")
        try harness.rename("a.log", "a.log.1")
        for part in 0..<4 {
            harness.append(Array(all[(all.count * part / 4)..<(all.count * (part + 1) / 4)]), to: "a.log.1.gz")
            harness.step()
        }
        try harness.remove("a.log.1")
        harness.settle()
        for _ in 0..<20 { harness.step() }
        harness.settle()
        #expect(harness.lines.filter { $0.hasPrefix("line") } == lines(0..<2000))
        #expect(harness.lines.contains("half of a line"))
    }

    @Test("case 29: killed within a compressed file, reading goes on at the same decompressed offset")
    func killedWithin() throws {
        let harness = try ReaderHarness { $0.memoryBytes = 64 << 10 }
        // Two members, as `gzip >> file` makes them.
        harness.append(try gzip(text(0..<6000)) + (try gzip(text(6000..<12_000))), to: "a.log.1.gz")
        var rounds = 0
        while harness.reader.files.values.first.map({ $0.mayHaveMore }) ?? true, rounds < 1000 {
            harness.step()
            harness.acknowledgeAll()
            harness.reader.checkpoint()
            try harness.killAndRestart()
            harness.step()
            rounds += 1
        }
        harness.settle()
        #expect(rounds > 3)
        var seen: Set<String> = []
        #expect(harness.lines.filter { seen.insert($0).inserted } == lines(0..<12_000))
        harness.reader.checkpoint()
        let before = harness.lines.count
        try harness.killAndRestart()
        harness.settle()
        #expect(harness.lines.count == before)
    }

    @Test("what can be read of a damaged or cut file is delivered, and an event tells")
    func damaged() throws {
        for isCut in [true, false] {
            let harness = try ReaderHarness()
            var bytes = try gzip(text(0..<5000))
            if isCut {
                bytes.removeLast(bytes.count / 3)
            } else {
                for index in bytes.count / 2..<bytes.count / 2 + 200 { bytes[index] ^= 0x5a }
            }
            harness.append(bytes, to: "a.log.1.gz")
            harness.settle()
            let read = harness.lines.filter { $0.hasPrefix("line") }
            #expect(read.count > 1000)
            #expect(read.count < 5000)
            #expect(harness.reader.metrics.fileEvents.bind([isCut ? "gzip_cut" : "gzip_corrupt"]).value > 0)
        }
    }

    @Test("compressed files are read one at a time, and `compression: none` reads their bytes")
    func oneAtATime() throws {
        let harness = try ReaderHarness { $0.maxUnackedBytes = 64 << 10 }
        for number in 0..<5 {
            harness.append(try gzip(text(number * 1000..<number * 1000 + 1000)), to: "\(number)x.log.gz")
        }
        harness.settle()
        #expect(Set(harness.lines) == Set(lines(0..<5000)))
        #expect(harness.lines.count == 5000)
        let plain = try ReaderHarness { $0.inputs[0].compression = .none }
        plain.append(try gzip("x\n") + [0x0a], to: "a.log.gz")
        plain.settle()
        #expect(!plain.lines.contains("x"))
    }

    @Test("a tenant that is behind in a compressed file gets its lines")
    func tenantBehind() throws {
        let harness = try ReaderHarness()
        func line(_ number: Int) -> String { "{\"tenant\":\"t\(number % 2)\",\"n\":\(number)}" }
        harness.append(line(0) + "\n" + line(1) + "\n", to: "a.log")
        harness.settle()
        harness.fail("t0", true)
        harness.append(try gzip((2..<400).map { line($0) + "\n" }.joined()), to: "b.log.gz")
        harness.settle()
        #expect(harness.lines.count == 2 + 199)
        harness.fail("t0", false)
        harness.settle()
        #expect(harness.delivered.filter { $0.tenant == "t0" }.map(\.line) == stride(from: 0, to: 400, by: 2).map(line))
    }
}
