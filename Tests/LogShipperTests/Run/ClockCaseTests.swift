import Foundation
import TestSupport
import Testing

@testable import LogShipper

@Suite("A wall clock that jumps")
struct ClockCaseTests {
    private static let second: Int64 = 1_000_000_000
    private static let hour = 3600 * second

    @Test("case 58: batches close by their age, whatever the wall clock does meanwhile", arguments: [-hour, 0, hour])
    func age(_ jump: Int64) throws {
        let harness = try ReaderHarness()
        let reader = harness.reader
        var wall = 1_764_000_000 * Self.second
        reader.wallNanos = { wall }
        for router in reader.routers { router.wallNanos = { wall } }
        let age = harness.configuration.outputs[0].batchMaxAgeNanos
        harness.append("{\"tenant\":\"a\"}\n", to: "x.log")
        let now: Int64 = 50 * Self.second
        reader.scanIfDue(now)
        _ = reader.readTurns(now)
        #expect(reader.batcher.open.count == 1)
        wall += jump
        reader.closeDue(now + age - 1)
        #expect(harness.waiting.isEmpty)
        reader.closeDue(now + age)
        #expect(harness.waiting.count == 1)
        wall -= 2 * jump
        #expect(reader.ledger.oldestAgeNanos(nowWallNanos: wall) >= 0)
    }

    @Test(
        "case 58: only a Retry-After with a date asks the wall clock, and its answer is clamped",
        arguments: [-hour, 0, hour])
    func backoff(_ jump: Int64) throws {
        var generator = SeededGenerator.forTest(seed: 58)
        let policy = RetryPolicy()
        // Ten seconds after 1994-11-06T08:49:37Z.
        let wall = 784_111_777 * Self.second + jump
        let asked = try #require(RetryAfter.nanos("Sun, 06 Nov 1994 08:49:47 GMT", nowWallNanos: wall))
        let delay = policy.delayNanos(attempt: 1, retryAfterNanos: asked, random: &generator)
        #expect((Self.second...301 * Self.second).contains(delay))
    }

    @Test("case 58: the wall clock is only asked where a time of day is wanted")
    func readers() throws {
        // What is stamped: batches, dead letters, errors, the checkpoint's files. What is compared: a line's own time
        // (`max_age`), a file's time of change (`ignore_older`), days (`keep_days`) and a Retry-After with a date.
        let allowed: Set<String> = [
            "System/Clock.swift", "Route/LineRouter.swift", "Transform/LineTransform.swift", "Run/ReaderLoop.swift",
            "Run/Outside.swift", "Send/Sender.swift", "Send/Sender+Archive.swift", "Send/Sender+Credentials.swift",
            "Send/Sender+DeadLetters.swift", "DeadLetters/DeadLetterFile.swift",
            "DeadLetters/DeadLetterReplay.swift", "Check/ConfigurationCheck.swift",
        ]
        let root = "\(Places.packageRoot)/Sources/LogShipper"
        let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        var found: Set<String> = []
        for name in names where name.hasSuffix(".swift") {
            let text = try String(contentsOfFile: "\(root)/\(name)", encoding: .utf8)
            let asks = ["Clock.wallNanos", "outside.wallNanos", "CLOCK_REALTIME"].contains { text.contains($0) }
            if asks { found.insert(name) }
        }
        #expect(found == allowed)
    }
}
