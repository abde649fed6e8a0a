import Foundation
import GatewayMetrics
import TestSupport
import Testing

@testable import LogShipper

@Suite("Lines of real files")
struct LineCaseTests {
    private func odd(_ harness: ReaderHarness, _ kind: String) -> Double {
        Double(harness.reader.metrics.oddLines.bind([kind]).value)
    }

    @Test("case 1: one line in two writes with a look between is one record")
    func halfLine() throws {
        let harness = try ReaderHarness()
        harness.append("ABC", to: "a.log")
        harness.step()
        harness.append("DEF\n", to: "a.log")
        harness.settle()
        #expect(harness.lines == ["ABCDEF"])
    }

    @Test("case 3: the unterminated tail of a deleted file is a line, once")
    func deletedTail() throws {
        let harness = try ReaderHarness()
        harness.append("one\ntail", to: "a.log")
        harness.settle()
        try harness.remove("a.log")
        harness.settle()
        #expect(harness.lines == ["one", "tail"])
        #expect(harness.reader.files.isEmpty)
    }

    @Test("case 4: empty lines move the offset, are counted once, and are not read again after a restart")
    func emptyLines() throws {
        let harness = try ReaderHarness()
        harness.append("\n\n\n", to: "a.log")
        harness.append("\n\nx\n\n\n", to: "b.log")
        harness.settle()
        #expect(harness.lines == ["x"])
        #expect(odd(harness, "empty") == 7)
        #expect(harness.reader.files.values.map(\.front).sorted() == [3, 6])
        harness.reader.checkpoint()
        try harness.killAndRestart()
        harness.settle()
        #expect(harness.lines == ["x"])
        #expect(odd(harness, "empty") == 0)
    }

    @Test("case 5: a carriage return and its line feed in different reads are one line end; the offset counts both")
    func carriageReturns() throws {
        let harness = try ReaderHarness()
        harness.append("one\r", to: "a.log")
        harness.step()
        harness.append("\ntwo\r\n", to: "a.log")
        harness.settle()
        #expect(harness.lines == ["one", "two"])
        #expect(harness.reader.files.values.first?.front == 10)
    }

    @Test("case 6: a character that two blocks share stays whole", arguments: 0...3)
    func splitScalar(_ extra: Int) throws {
        let harness = try ReaderHarness()
        let line = String(repeating: "x", count: BlockBuffer.usualBytes - extra) + "😀é"
        harness.append(line + "\nnext\n", to: "a.log")
        harness.settle()
        #expect(harness.lines == [line, "next"])
        #expect(odd(harness, "invalid_utf8") == 0)
    }

    @Test("case 7: bytes that are no UTF-8 reach the batch as they are and are counted")
    func invalidUTF8() throws {
        let harness = try ReaderHarness()
        harness.append([0x61, 0xc5, 0x0a], to: "a.log")
        harness.append("fine é\n", to: "a.log")
        harness.settle()
        let batches = harness.delivered.map { Array($0.line.utf8) }
        #expect(batches == [Array("a\u{fffd}".utf8), Array("fine é".utf8)])
        #expect(odd(harness, "invalid_utf8") == 1)
    }

    @Test("case 8: the NULs that copytruncate leaves for a writer without O_APPEND are skipped and counted")
    func leadingNULs() throws {
        for nulBytes in [1, 7, BlockBuffer.usualBytes, 5 << 20] {
            let harness = try ReaderHarness()
            harness.append("before\n", to: "a.log")
            harness.settle()
            // The writer goes on at its old offset, so that a hole is before it.
            let handle = try #require(FileHandle(forWritingAtPath: harness.directory.file("a.log")))
            try handle.truncate(atOffset: 0)
            try handle.seek(toOffset: UInt64(nulBytes))
            try handle.write(contentsOf: Data("after\nlast\n".utf8))
            try handle.close()
            harness.settle()
            #expect(harness.lines == ["before", "after", "last"])
            #expect(odd(harness, "nul_bytes") == Double(nulBytes))
        }
    }

    @Test("room that a writer has set aside is not skipped before it is filled")
    func preallocation() throws {
        for roomBytes in [100, 1 << 20] {
            let harness = try ReaderHarness()
            let path = harness.directory.file("a.log")
            harness.append([UInt8](repeating: 0, count: roomBytes), to: "a.log")
            harness.settle()
            let handle = try #require(FileHandle(forUpdatingAtPath: path))
            for number in 0..<5 {
                try handle.write(contentsOf: Data("line \(number)\n".utf8))
                harness.settle()
            }
            try handle.close()
            #expect(harness.lines == (0..<5).map { "line \($0)" })
        }
    }

    @Test("case 9: a byte order mark is taken from the first line only, and offsets count it")
    func byteOrderMark() throws {
        let harness = try ReaderHarness()
        harness.append("\u{feff}first\n\u{feff}second\n", to: "a.log")
        harness.settle()
        #expect(harness.lines == ["first", "\u{feff}second"])
        #expect(harness.reader.files.values.first?.front == 19)
    }

    @Test(
        "case 10: long lines are cut between characters, and the next line is intact",
        arguments: ShipperConfiguration.LongLines.allCases, [1024, 1025, 10_240])
    func longLines(_ policy: ShipperConfiguration.LongLines, _ bytes: Int) throws {
        let harness = try ReaderHarness {
            $0.inputs[0].maxLineBytes = 1024
            $0.inputs[0].longLines = policy
        }
        let long = String(repeating: "é", count: bytes / 2) + (bytes % 2 == 1 ? "x" : "")
        harness.append("before\r\n\(long)\r\nafter\r\n", to: "a.log")
        harness.settle()
        #expect(harness.lines.first == "before")
        #expect(harness.lines.last == "after")
        let middle = harness.lines.dropFirst().dropLast()
        #expect(middle.allSatisfy { $0.utf8.count <= 1024 && !$0.contains("\u{fffd}") })
        switch bytes == 1024 ? .split : policy {
        case .drop: #expect(middle.isEmpty)
        case .truncate: #expect(middle == [String(repeating: "é", count: 512)])
        case .split: #expect(middle.joined() == long)
        }
        #expect(odd(harness, "too_long") == (bytes == 1024 ? 0 : 1))
        let dropped = harness.reader.metrics.droppedLines.bind(["out", "too_long"]).value
        #expect(dropped == (policy == .drop && bytes > 1024 ? 1 : 0))
    }

    @Test("a line is cut at the same places whether it is read at once, by and by, or by a tenant that is behind")
    func cutsAreStable() throws {
        let piece = String(repeating: "ä", count: 400) + "b"
        let line = "{\"tenant\":\"t\",\"x\":\"" + String(repeating: piece, count: 20) + "\"}"
        var results: [[String]] = []
        for isBehind in [false, true] {
            for chunk in [100, 1500, 1 << 20] {
                let harness = try ReaderHarness {
                    $0.inputs[0].maxLineBytes = 1024
                    $0.inputs[0].longLines = .split
                }
                harness.append("{\"tenant\":\"t\"}\nfirst\n", to: "a.log")
                harness.settle()
                if isBehind { harness.fail("t", true) }
                let bytes = Array((line + "\nlast\n").utf8)
                for start in stride(from: 0, to: bytes.count, by: chunk) {
                    harness.append(Array(bytes[start..<min(bytes.count, start + chunk)]), to: "a.log")
                    harness.step()
                }
                harness.fail("t", false)
                harness.settle()
                results.append(harness.lines.sorted())
            }
        }
        #expect(Set(results).count == 1)
        #expect(results[0].filter { $0.utf8.count > 200 }.count > 10)
    }

    @Test("case 11: a gigabyte without a line feed costs one buffer, is counted once, and the next line is intact")
    func endlessLine() throws {
        let harness = try ReaderHarness()
        // All but the first byte is a hole, so that the disk has not to hold it.
        harness.append("before\nx", to: "a.log")
        let handle = try #require(FileHandle(forWritingAtPath: harness.directory.file("a.log")))
        try handle.seek(toOffset: 1 << 30)
        try handle.write(contentsOf: Data("\nafter\n".utf8))
        try handle.close()
        harness.settle()
        while harness.reader.files.values.contains(where: \.mayHaveMore) { harness.settle() }
        #expect(harness.lines == ["before", "after"])
        #expect(odd(harness, "too_long") == 1)
        #expect(harness.reader.buffer.memory.count <= (1 << 20) + (64 << 10) + Marker.maxBytes)
    }

    @Test("case 12: offsets beyond 2 and 4 GiB, and a truncation there")
    func hugeOffsets() throws {
        let harness = try ReaderHarness()
        let path = harness.directory.file("a.log")
        harness.append("x", to: "a.log")
        for end in [UInt64(2) << 30, UInt64(4) << 30] {
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seek(toOffset: end + 5)
            try handle.write(contentsOf: Data("\nbeyond \(end)\n".utf8))
            try handle.close()
            repeat { harness.settle() } while harness.reader.files.values.contains(where: \.mayHaveMore)
            #expect(harness.lines.last == "beyond \(end)")
            #expect((harness.reader.files.values.first?.front ?? 0) > Int64(end))
        }
        harness.reader.checkpoint()
        try harness.killAndRestart()
        harness.append("more\n", to: "a.log")
        harness.settle()
        #expect(harness.lines.last == "more")
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: 3 << 30)
        try handle.close()
        harness.step()
        #expect(harness.reader.metrics.fileEvents.bind(["truncated"]).value == 1)
        try harness.truncate("a.log")
        harness.append("new\n", to: "a.log")
        harness.settle()
        #expect(harness.lines.last == "new")
    }
}
