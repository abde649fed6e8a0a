import Foundation
import Locking
import Synchronization
import TestSupport
import Testing

/// What of the shipper's state a kill, a signal or a full disk leaves, through the real program.
@Suite("The log-shipper's state")
struct StateCaseTests {
    private static func line(_ number: Int) -> String { "{\"tenant\":\"tenant-\(number % 3)\",\"n\":\(number)}\n" }

    private func append(_ numbers: Range<Int>, to path: String) throws {
        let handle = try #require(FileHandle(forWritingAtPath: path))
        handle.seekToEndOfFile()
        handle.write(Data(numbers.map(Self.line).joined().utf8))
        try handle.close()
    }

    @Test("case 46: a kill between the answer and the checkpoint repeats that window alone, with the same bytes")
    func window() throws {
        let folder = try TemporaryDirectory("window")
        let bodies = Locked<[[UInt8]]>([])
        let stub = try HTTPStub { request in
            bodies.withLock { $0.append(request.body) }
            return .status(204)
        }
        defer { stub.stop() }
        let file = try folder.write((0..<300).map(Self.line).joined(), to: "app.jsonl")
        let shipper = try ShipperProcess(
            paths: [file], url: stub.url, settings: "checkpoint_interval: 1h\nrescan: 1h", batch: "{ max_age: 20ms }")
        #expect(try eventually { try shipper.metrics().sum("shipper_acked_lines_total") == 300 })
        #expect(shipper.child.terminate() == 0)
        try shipper.startAgain()
        #expect(eventually { Programs.answers("/readyz", port: shipper.opsPort) })
        let before = bodies.withLock { $0.count }
        // One write: each tenant's lines are one batch, in this run and in the next.
        try append(300..<600, to: file)
        #expect(try eventually { try shipper.metrics().sum("shipper_acked_lines_total") == 300 })
        shipper.killNow()
        let sent = bodies.withLock { $0.count }
        try shipper.startAgain()
        #expect(
            eventually {
                (try? shipper.metrics().sum("shipper_acked_lines_total")) == 300
            })
        let all = bodies.withLock { $0 }
        #expect(Set(all[before..<sent]) == Set(all[sent...]))
        #expect(Set(all[..<before]).isDisjoint(with: all[sent...]))
    }

    @Test(
        "case 51: while the state directory is full or gone shipping goes on and says so; later it recovers",
        arguments: ["full", "gone"])
    func unwritable(_ kind: String) throws {
        let folder = try TemporaryDirectory("unwritable")
        let receiver = try LogReceiver()
        let file = try folder.write(Self.line(0), to: "app.jsonl")
        let shipper = try ShipperProcess(
            paths: [file], url: receiver.url, settings: "checkpoint_interval: 20ms", batch: "{ max_age: 20ms }")
        #expect(eventually { receiver.distinctLines == 1 })
        let state = shipper.stateDirectory + "/outputs/sink"
        let manager = FileManager.default
        if kind == "full" {
            try? manager.removeItem(atPath: state + "/checkpoint.tmp")
            try manager.createSymbolicLink(atPath: state + "/checkpoint.tmp", withDestinationPath: "/dev/full")
        } else {
            try manager.moveItem(atPath: state, toPath: state + ".away")
        }
        for number in 1..<20 { try append(number..<number + 1, to: file) }
        #expect(eventually { receiver.distinctLines == 20 })
        #expect(
            try eventually {
                let ready = try request("GET", "/readyz", port: shipper.opsPort)
                return ready.status == 503 && ready.text.contains("sink: progress cannot be written")
            })
        #expect(try shipper.metrics().sum("shipper_checkpoint_failures_total") > 0)
        if kind == "full" {
            try manager.removeItem(atPath: state + "/checkpoint.tmp")
        } else {
            try manager.moveItem(atPath: state + ".away", toPath: state)
        }
        #expect(eventually { Programs.answers("/readyz", port: shipper.opsPort) })
        shipper.killNow()
        try shipper.startAgain()
        try append(20..<21, to: file)
        #expect(eventually { receiver.distinctLines == 21 })
        #expect(receiver.arrivals.values.allSatisfy { $0.starts.count == 1 })
    }

    @Test(
        "case 52: SIGTERM while idle or within a request ends clean, and the next start sends nothing twice",
        arguments: [false, true])
    func terminate(_ isWithinRequest: Bool) throws {
        let folder = try TemporaryDirectory("terminate")
        let isHeld = Atomic<Bool>(isWithinRequest)
        let isAsked = Atomic<Bool>(false)
        let bodies = Locked<[String]>([])
        let stub = try HTTPStub { request in
            isAsked.store(true, ordering: .relaxed)
            // The answer comes when the shipper was told to end.
            while isHeld.load(ordering: .relaxed) { usleep(1_000) }
            bodies.withLock { $0.append(String(decoding: (try? gunzip(request.body)) ?? [], as: UTF8.self)) }
            return .status(204)
        }
        defer { stub.stop() }
        let file = try folder.write(Self.line(0), to: "app.jsonl")
        let shipper = try ShipperProcess(paths: [file], url: stub.url, batch: "{ max_age: 20ms }")
        if isWithinRequest {
            #expect(eventually { isAsked.load(ordering: .relaxed) })
        } else {
            #expect(try eventually { try shipper.metrics().sum("shipper_acked_lines_total") == 1 })
        }
        shipper.child.signal(SIGTERM)
        #expect(eventually { !Programs.answers("/readyz", port: shipper.opsPort) })
        isHeld.store(false, ordering: .relaxed)
        #expect(shipper.child.wait() == 0)
        try append(1..<2, to: file)
        try shipper.startAgain()
        #expect(eventually { bodies.withLock { $0.count } == 2 })
        #expect(shipper.child.terminate() == 0)
        #expect(bodies.withLock { $0 } == [Self.line(0), Self.line(1)])
    }

    @Test("case 52: SIGTERM within a long backoff ends at drain_timeout, and the next start sends what was left once")
    func terminateInBackoff() throws {
        let folder = try TemporaryDirectory("backoff")
        let receiver = try LogReceiver { $0 == 0 ? .refuse(503, retryAfter: 600) : .accept }
        let file = try folder.write(Self.line(0), to: "app.jsonl")
        let shipper = try ShipperProcess(
            paths: [file], url: receiver.url, settings: "drain_timeout: 200ms", batch: "{ max_age: 20ms }")
        #expect(try eventually { try shipper.metrics().sum("shipper_retries_total") == 1 })
        #expect(shipper.child.terminate() != nil)
        try append(1..<2, to: file)
        try shipper.startAgain()
        #expect(eventually { receiver.distinctLines == 2 })
        #expect(receiver.arrivals.values.allSatisfy { $0.starts == [1] })
    }
}
