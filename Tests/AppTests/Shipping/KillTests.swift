import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("The log-shipper, killed again and again")
struct KillTests {
    /// `GATEHOUSE_KILLS` says how many (`scripts/soak`), `GATEHOUSE_SEED` repeats a run.
    private static let kills = ProcessInfo.processInfo.environment["GATEHOUSE_KILLS"].flatMap(Int.init) ?? 50
    private static let maxUnackedBytes = 131_072

    @Test(
        "no line is lost, duplicates of a kill stay below max_unacked_bytes, and the account balances",
        .timeLimit(.minutes(60)))
    func kills() throws {
        var generator = SeededGenerator.forTest()
        let folder = try TemporaryDirectory("kill")
        let receiver = try LogReceiver { $0 % 25 == 24 ? .refuse(503) : .accept }
        let writer = RotatingWriter(folder: folder.path, seed: generator.next())
        let writing = BackgroundLoop { _ in
            // On a slow machine there is no more left at the end than can be waited for. The more kills, the fewer lines
            // each, since all of them are kept to be compared.
            if writer.lines - receiver.distinctLines < 10_000 { writer.burst() }
            usleep(UInt32(3_000 * max(1, Self.kills / 200)))
        }
        defer { writing.stop() }
        let shipper = try ShipperProcess(
            paths: [folder.file("*.jsonl")], url: receiver.url,
            settings: "max_unacked_bytes: \(Self.maxUnackedBytes)",
            batch: "{ max_bytes: 16KiB, max_age: 50ms }")
        for _ in 0..<Self.kills {
            usleep(UInt32(generator.int(10...500)) * 1_000)
            shipper.killNow()
            try shipper.startAgain()
        }
        writing.stop()
        let lines = writer.lines
        #expect(eventually(within: 120, every: 0.1) { receiver.distinctLines >= lines })
        try check(receiver.arrivals, lines)
        #expect(receiver.faults.isEmpty)
        #expect(writer.rotations > 10)
        try checkAccount(shipper)
    }

    private func check(_ arrivals: [String: LogReceiver.Arrival], _ lines: Int) throws {
        let missing = (0..<lines).filter { arrivals[RotatingWriter.line($0)] == nil }
        #expect(missing.isEmpty, "\(missing.count) of \(lines) lines are lost: \(missing.prefix(5))…")
        #expect(arrivals.count == lines, "lines arrived that nobody wrote")
        // A line that came again was sent, but not written down as done, by the start that sent it before: that start's
        // kill cost the repetition, however many starts later it comes.
        var duplicateBytes: [Int: Int] = [:]
        for (line, arrival) in arrivals {
            for start in arrival.starts.sorted().dropLast() {
                duplicateBytes[start, default: 0] += line.utf8.count + 1
            }
        }
        let most = duplicateBytes.values.max() ?? 0
        #expect(most <= Self.maxUnackedBytes, "by start: \(duplicateBytes.sorted { $0.key < $1.key })")
        print("\(lines) lines; at most \(most) bytes sent again because of one kill")
    }

    private func checkAccount(_ shipper: ShipperProcess) throws {
        var last = (settledOrPending: 0.0, read: 0.0, pending: 0.0)
        let isSettled = eventually {
            guard let account = try? shipper.account() else { return false }
            last = account
            return account.pending == 0 && account.settledOrPending == account.read
        }
        #expect(isSettled, "\(last)")
    }
}
