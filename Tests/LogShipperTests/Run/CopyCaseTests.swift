import Foundation
import GatewayMetrics
import TestSupport
import Testing

@testable import LogShipper

@Suite("Copies that copytruncate leaves")
struct CopyCaseTests {
    private func line(_ tenant: String, _ number: Int) -> String { "{\"tenant\":\"\(tenant)\",\"n\":\(number)}\n" }

    private func text(_ tenant: String, _ numbers: Range<Int>) -> String {
        numbers.map { line(tenant, $0) }.joined()
    }

    private func copy(_ harness: ReaderHarness, _ from: String, _ to: String) throws {
        try FileManager.default.copyItem(
            atPath: harness.directory.file(from), toPath: harness.directory.file(to))
    }

    private func lost(_ harness: ReaderHarness) -> UInt64 { harness.reader.metrics.lostBytes.bind(["truncated"]).value }

    @Test("a copy that outgrows its original goes on where that is, with a tenant left out behind the copy's old front")
    func outgrown() throws {
        let harness = try ReaderHarness()
        let first = text("a", 0..<1) + text("b", 0..<20)
        harness.append(first, to: "a.log")
        harness.settle()
        harness.append(first, to: "a.log.1")
        harness.step()
        #expect(harness.reader.files.values.contains { $0.shadowOf != nil })
        harness.fail("a", true)
        let second = text("a", 1..<2) + text("b", 20..<40)
        harness.append(second, to: "a.log")
        harness.step()
        harness.append(second + text("b", 40..<50), to: "a.log.1")
        harness.settle()
        harness.fail("a", false)
        harness.settle()
        let lines = harness.delivered.filter { $0.tenant == "b" }.map { $0.line + "\n" }
        #expect(lines == (0..<50).map { line("b", $0) })
        #expect(
            Set(harness.delivered.filter { $0.tenant == "a" }.map { $0.line + "\n" }) == [line("a", 0), line("a", 1)])
    }

    @Test(
        "a tenant left out in what was written between the copy and the truncation loses that, counted, and nothing else"
    )
    func writtenAfterCopy() throws {
        let harness = try ReaderHarness()
        harness.append(text("a", 0..<1) + text("b", 0..<20), to: "a.log")
        harness.settle()
        harness.fail("a", true)
        harness.append(text("a", 1..<2), to: "a.log")
        harness.step()
        try copy(harness, "a.log", "a.log.1")
        harness.step()
        harness.append(text("b", 20..<21), to: "a.log")
        harness.step()
        harness.acknowledgeAll()
        try harness.truncate("a.log")
        harness.append(text("b", 21..<22), to: "a.log")
        harness.settle()
        harness.fail("a", false)
        harness.settle()
        #expect(harness.delivered.filter { $0.tenant == "a" }.map { $0.line + "\n" } == [line("a", 0), line("a", 1)])
        #expect(harness.delivered.filter { $0.tenant == "b" }.map { $0.line + "\n" } == (0..<22).map { line("b", $0) })
    }

    @Test("a tenant first left out behind the end of a copy does not read beyond it")
    func leftOutBehindCopy() throws {
        let harness = try ReaderHarness()
        harness.append(text("a", 0..<1) + text("b", 0..<20), to: "a.log")
        harness.settle()
        try copy(harness, "a.log", "a.log.1")
        harness.step()
        harness.fail("a", true)
        harness.append(text("a", 1..<2), to: "a.log")
        harness.step()
        try harness.truncate("a.log")
        harness.append(text("b", 20..<21), to: "a.log")
        harness.settle()
        harness.fail("a", false)
        harness.settle()
        #expect(harness.delivered.filter { $0.tenant == "b" }.map { $0.line + "\n" } == (0..<21).map { line("b", $0) })
        #expect(harness.delivered.filter { $0.tenant == "a" }.map { $0.line + "\n" } == [line("a", 0)])
        #expect(lost(harness) == UInt64(line("a", 1).utf8.count))
    }

    @Test(
        "case 33: the truncation is seen before the copy: the unread end comes once, from the copy, and nothing is lost"
    )
    func truncationFirst() throws {
        let harness = try ReaderHarness()
        harness.append(text("b", 0..<20), to: "a.log")
        harness.settle()
        harness.append(text("b", 20..<30), to: "a.log")
        let file = try #require(harness.reader.files.values.first)
        file.size += Int64(text("b", 20..<30).utf8.count)
        try copy(harness, "a.log", "a.log.1")
        try harness.truncate("a.log")
        harness.append(text("b", 30..<31), to: "a.log")
        harness.reader.wantsTurn(file)
        _ = harness.reader.readTurns(harness.now)
        #expect(harness.reader.files[file.serial] == nil)
        harness.settle()
        #expect(harness.lines.map { $0 + "\n" }.sorted() == (0..<31).map { line("b", $0) }.sorted())
        harness.reader.forgetGone(harness.reader.wallNanos() / 1_000_000_000 + 100_000)
        #expect(lost(harness) == 0)
        #expect(harness.reader.truncated.isEmpty)
    }

    @Test("what was truncated and has no copy is counted once the time for one to turn up is over")
    func noCopy() throws {
        let harness = try ReaderHarness()
        harness.append(text("b", 0..<20), to: "a.log")
        harness.settle()
        let file = try #require(harness.reader.files.values.first)
        file.size += 100
        try harness.truncate("a.log")
        harness.settle()
        #expect(lost(harness) == 0)
        let seconds = harness.reader.wallNanos() / 1_000_000_000
        harness.reader.forgetGone(seconds + 500)
        #expect(harness.reader.truncated.count == 1)
        harness.reader.forgetGone(seconds + 700)
        #expect(lost(harness) == 100)
        #expect(harness.reader.truncated.isEmpty)
    }

    @Test("what was given back to a truncated file is read from the copy that turns up later, and counted once")
    func givenBack() throws {
        let harness = try ReaderHarness {
            $0.memoryBytes = 64 << 10
            $0.outputs[0].batchMaxBytes = 1024
        }
        let pad = String(repeating: "x", count: 200)
        func long(_ number: Int) -> String { "{\"tenant\":\"a\",\"n\":\(number),\"pad\":\"\(pad)\"}" }
        harness.append((0..<300).map { long($0) + "\n" }.joined(), to: "a.log")
        harness.step()
        harness.fail("a", true)
        for _ in 0..<5 { harness.step() }
        #expect(harness.givenBack > 0)
        let file = try #require(harness.reader.files.values.first)
        try copy(harness, "a.log", "a.log.1")
        try harness.truncate("a.log")
        harness.reader.wantsTurn(file)
        _ = harness.reader.readTurns(harness.now)
        harness.fail("a", false)
        harness.settle()
        let isOnce = harness.lines == (0..<300).map(long)
        #expect(isOnce, "\(harness.lines.count)")
        #expect(harness.reader.givenBackLines == 0)
        #expect(harness.reader.metrics.readLines.bind(["out"]).value == 300)
        #expect(harness.reader.metrics.droppedLines.bind(["out", "truncated"]).value == 0)
    }

    @Test("a copy that has become a log of its own still is the copy of what it was copied from")
    func grownCopy() throws {
        let harness = try ReaderHarness()
        harness.append(text("b", 0..<20), to: "a.log")
        harness.settle()
        try copy(harness, "a.log", "a.log.1")
        harness.step()
        harness.append(text("c", 0..<20), to: "a.log.1")
        harness.settle()
        #expect(harness.reader.files.values.allSatisfy { $0.shadowOf == nil })
        let file = try #require(harness.reader.files.values.first { $0.path.hasSuffix("a.log") })
        file.size += 100
        try harness.truncate("a.log")
        harness.append(text("b", 20..<21), to: "a.log")
        harness.settle()
        // No other copy is waited for.
        #expect(harness.reader.truncated.isEmpty)
        #expect(lost(harness) == 100)
        let expected = (0..<21).map { line("b", $0) } + (0..<20).map { line("c", $0) }
        #expect(harness.lines.map { $0 + "\n" }.sorted() == expected.sorted())
    }

    @Test("a copy that grows while its original has a backlog is left to the original")
    func growsWithBacklog() throws {
        let harness = try ReaderHarness {
            $0.memoryBytes = 64 << 10
            $0.maxUnackedBytes = 64 << 10
        }
        let lines = (0..<3000).map { "line \($0) \(String(repeating: "x", count: 60))" }
        let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
        harness.append(bytes, to: "a.log")
        harness.step()
        var written = 0
        for end in [100_000, 150_000, bytes.count] {
            harness.append(Array(bytes[written..<end]), to: "a.log.1")
            written = end
            harness.step()
            #expect(harness.reader.files.values.contains { $0.shadowOf != nil })
        }
        harness.settle()
        let isOnce = harness.lines == lines
        #expect(isOnce, "\(harness.lines.count) of \(lines.count)")
    }
}
