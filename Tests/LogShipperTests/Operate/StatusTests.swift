import Foundation
import TestSupport
import Testing

@testable import LogShipper

@Suite("Status")
struct StatusTests {
    /// A pipeline as its threads would tell of it.
    static func pipeline(_ name: String = "loki", change: (inout PipelineStatus) -> Void = { _ in }) throws
        -> PipelineStatus
    {
        let lane = try OutputLane(
            configuration: .init(name: name, type: .ndjson, url: "http://127.0.0.1:1/"), timeFields: [],
            stateDirectory: "/absent", system: PosixStateFileSystem(), fileKey: { _ in 0 })
        var status = PipelineStatus(reader: ReaderStatus(), output: OutputStatus(lane))
        status.reader.isStarted = true
        change(&status)
        return status
    }

    @Test("an output that works is ready; each reason why it is not has a line")
    func readiness() throws {
        let now: Int64 = 100_000_000_000
        func reasons(_ after: Int64 = 0, _ change: (inout PipelineStatus) -> Void) throws -> [String] {
            try Self.pipeline(change: change).unreadiness(nowNanos: now, failingAfterNanos: after)
        }
        #expect(try reasons { _ in }.isEmpty)
        #expect(try reasons { $0.reader.isStarted = false } == ["loki: the files have not been looked at yet"])
        #expect(
            try reasons {
                $0.reader.isDraining = true
                $0.reader.checkpointFailure = "write: no\nspace"
            } == ["loki: draining", "loki: progress cannot be written: write: no.space"])
    }

    @Test("an output whose requests all fail makes the shipper not ready after the configured time, and not before")
    func failing() throws {
        let second: Int64 = 1_000_000_000
        var health = OutputHealth()
        func reasons(at now: Int64, after: Int64) throws -> [String] {
            try Self.pipeline { $0.output.health = health }.unreadiness(nowNanos: now, failingAfterNanos: after)
        }
        health.failed("503 busy", nowNanos: 10 * second, wallNanos: 0)
        health.failed("502 gone", nowNanos: 20 * second, wallNanos: 0)
        #expect(try reasons(at: 39 * second, after: 30 * second).isEmpty)
        #expect(
            try reasons(at: 40 * second, after: 30 * second)
                == ["loki: all requests have failed for 30.0 s: 502 gone"])
        #expect(try reasons(at: 4000 * second, after: 0).isEmpty)
        // One that is refused because of its lines shows that the destination works.
        health.refused("400 bad line", wallNanos: 0)
        #expect(try reasons(at: 4000 * second, after: second).isEmpty)
        #expect(health.lastError?.text == "400 bad line")
    }

    @Test("the document has every number, the queue of each tenant, and stays bounded")
    func document() throws {
        let pipeline = try Self.pipeline {
            $0.reader.files = [FileStatus(path: "/a\"b", size: 10, front: 8, resumeOffset: 3, tenantsBehind: 1)]
            $0.reader.fileCount = 4
            $0.reader.tenants = [TenantLag(id: 3, name: "acme", lagBytes: 5, unackedBytes: 7)]
            $0.reader.tenantsBehind = 1
            var queue = QueueStatus(TenantQueue())
            queue.state = .waiting(untilNanos: 5_000_000_000)
            queue.failures = 2
            $0.output.queues[3] = queue
            $0.output.health.failed("503", nowNanos: 0, wallNanos: 1_764_529_445_250_000_000)
        }
        let bytes = StatusDocument.encode([pipeline], reasons: ["why"], nowNanos: 2_000_000_000)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(object["ready"] as? Bool == false)
        #expect(object["reasons"] as? [String] == ["why"])
        let output = try #require((object["outputs"] as? [[String: Any]])?.first)
        #expect(output["last_error"] as? String == "503")
        #expect(output["last_error_time"] as? String == "2025-11-30T19:04:05.250Z")
        #expect(output["failing_millis"] as? Int == 2000)
        #expect(output["file_count"] as? Int == 4)
        let file = try #require((output["files"] as? [[String: Any]])?.first)
        #expect(file["lag_bytes"] as? Int == 7)
        let tenant = try #require((output["tenants"] as? [[String: Any]])?.first)
        #expect(tenant["state"] as? String == "waiting")
        #expect(tenant["retry_in_millis"] as? Int == 3000)
        #expect(tenant["failures"] as? Int == 2)
    }

    @Test("the table names what does not work, and what it leaves out")
    func table() throws {
        let failing = try Self.pipeline("archive") {
            $0.output.health.failed("connect: refused", nowNanos: 0, wallNanos: 0)
            $0.reader.files = (0..<50).map {
                FileStatus(path: "/f\($0)", size: 5, front: 5, resumeOffset: 5, tenantsBehind: 0)
            }
            $0.reader.fileCount = 70
        }
        let lines = StatusTable.lines([try Self.pipeline(), failing], reasons: [], nowNanos: 61_000_000_000)
        #expect(lines.first == "ready")
        #expect(lines.contains { $0.hasPrefix("loki") && $0.contains("working") })
        #expect(lines.contains { $0.hasPrefix("archive") && $0.contains("failing for 1 min") })
        #expect(lines.contains("and 30 more"))
        let down = try Self.pipeline {
            $0.output.health.failed("refused", nowNanos: 0, wallNanos: 0)
            $0.output.circuit = .open(untilNanos: 8_000_000_000)
        }
        #expect(
            StatusTable.lines([down], reasons: [], nowNanos: 5_000_000_000).contains {
                $0.contains("down for 5.0 s") && $0.contains("open, probe in 3.0 s")
            })
    }

    @Test("spools, the limit of requests and the circuit are told, and for whom the circuit is the reason to wait")
    func spoolAndCircuit() throws {
        let pipeline = try Self.pipeline {
            $0.output.circuit = .open(untilNanos: 9_000_000_000)
            $0.output.concurrencyLimit = 3
            $0.output.concurrencyBounds = 1...8
            $0.output.queues[3] = QueueStatus(TenantQueue(), isHeld: true)
            $0.reader.tenants = [TenantLag(id: 3, name: "acme", lagBytes: 5, unackedBytes: 7, spoolBytes: 2048)]
            $0.reader.spool = SpoolStatus(
                bytes: 3 << 20, limitBytes: 1 << 30, lines: 77, tenants: 2, oldestNanos: 65_000_000_000,
                failure: "write: no space")
        }
        let bytes = StatusDocument.encode([pipeline], reasons: [], nowNanos: 2_000_000_000)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        let output = try #require((object["outputs"] as? [[String: Any]])?.first)
        let expected = [
            "concurrency_limit": 3, "concurrency_min": 1, "concurrency_max": 8, "next_probe_in_millis": 7000,
            "spool_bytes": 3 << 20, "spool_limit_bytes": 1 << 30, "spool_lines": 77, "spool_tenants": 2,
            "spool_oldest_millis": 65_000,
        ]
        for (key, value) in expected { #expect(output[key] as? Int == value, "\(key)") }
        #expect(output["circuit"] as? String == "open" && output["circuit_open"] as? Bool == true)
        #expect(output["spool_failure"] as? String == "write: no space")
        let tenant = try #require((output["tenants"] as? [[String: Any]])?.first)
        #expect(tenant["state"] as? String == "held" && tenant["retry_in_millis"] as? Int == 7000)
        #expect(tenant["spool_bytes"] as? Int == 2048)
        let text = StatusTable.lines([pipeline], reasons: [], nowNanos: 2_000_000_000).joined(separator: "\n")
        for part in ["0/3", "3.0 MiB of 1.0 GiB, oldest 1 min, not written", "held", "2.0 KiB", "7.0 s"] {
            #expect(text.contains(part), "\(text)")
        }
        let plain = StatusTable.lines([try Self.pipeline()], reasons: [], nowNanos: 0).joined(separator: "\n")
        #expect(plain.contains("closed") && plain.contains("off"))
    }

    @Test("a stuck thread is named")
    func stuck() throws {
        let status = try Self.pipeline { $0.stuck["reader"] = 61_000_000_000 }
        #expect(status.deadness == ["loki: the reader has not moved for 1 min"])
    }

    @Test("of many, the largest are kept, whatever their order")
    func top() {
        var generator = SeededGenerator.forTest()
        for limit in [0, 1, 7, 100] {
            let numbers = (0..<200).map { _ in generator.int(0...1000) }
            var list = TopList<Int>(limit: limit)
            for number in numbers { list.offer(Int64(number), number) }
            #expect(list.sorted == Array(numbers.sorted(by: >).prefix(limit)))
        }
    }

    @Test("numbers for people")
    func text() {
        #expect(
            [0, 1023, 1024, 1536, 20 << 20].map { SizeText.bytes($0) } == [
                "0 B", "1023 B", "1.0 KiB", "1.5 KiB", "20 MiB",
            ])
        #expect(SizeText.duration(nanos: -5) == "now" && SizeText.duration(nanos: 1_540_000_000) == "1.5 s")
        #expect(WallTime.text(0) == "1970-01-01T00:00:00.000Z")
        #expect(WallTime.text(.max) == "2262-04-11T23:47:16.854Z" && WallTime.text(-1) == "-1")
        #expect(TextTable.plain("a\u{202e}\u{7f}b\u{1b}", 10) == "a..b.")
        #expect(TextTable.plain("abcdef", 3) == "abc…")
    }
}
