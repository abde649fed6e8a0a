import Foundation
import Synchronization
import TestSupport
import Testing

@testable import LogShipper

/// What requests look like on the wire, and how odd answers are read.
@Suite("Habits on the wire", .serialized)
struct WireHabitTests {
    private func line(_ number: Int) -> String { "{\"tenant\":\"a\",\"n\":\(number)}\n" }

    @Test("case 71: a kept connection that the server closes costs one silent repetition, not a failure")
    func staleConnection() throws {
        let isFirst = Atomic<Bool>(true)
        let stub = try HTTPStub { request in
            // The server gave up the connection just when the second request came.
            request.precedingCount > 0 && isFirst.exchange(false, ordering: .relaxed) ? .hangUp : .status(200)
        }
        defer { stub.stop() }
        let rig = try FaultRig(stub.url, line(1))
        #expect(eventually { rig.acked == 1 })
        try rig.append(line(2))
        #expect(eventually { rig.acked == 2 })
        #expect(rig.value("shipper_retries_total") == 0 && rig.value("shipper_failing_tenants") == 0)
        #expect(rig.finish())
        #expect(stub.requests.map(FaultRig.text) == [line(1), line(2), line(2)])
        #expect(stub.requests.map(\.precedingCount) == [0, 1, 0])
    }

    @Test("case 71: a large body is sent without asking for 100 Continue")
    func noExpect() throws {
        let stub = try HTTPStub { _ in .status(200) }
        defer { stub.stop() }
        let rig = try FaultRig(stub.url, line(1) + String(repeating: "x", count: 900_000) + "\n") {
            $0.batchMaxBytes = 4 << 20
        }
        #expect(eventually { rig.acked == 2 })
        #expect(rig.finish())
        #expect(stub.requests.allSatisfy { $0.header("Expect") == nil && $0.header("Content-Length") != nil })
    }

    @Test(
        "case 71: a redirect is not followed and never becomes a GET; the lines wait",
        arguments: [301, 302, 303, 307, 308])
    func redirect(_ status: Int) throws {
        let other = try HTTPStub { _ in .status(200) }
        let count = Atomic<Int>(0)
        let target = other.url
        let stub = try HTTPStub { _ in
            count.add(1, ordering: .relaxed).newValue <= 2
                ? .status(status, headers: [("Location", target)]) : .status(200)
        }
        defer {
            stub.stop()
            other.stop()
        }
        let rig = try FaultRig(stub.url, line(1))
        #expect(eventually { rig.acked == 1 })
        #expect(rig.value("shipper_retries_total", "misconfigured") == 2)
        #expect(rig.finish())
        #expect(other.requests.isEmpty)
        #expect(stub.requests.map(\.method) == ["POST", "POST", "POST"])
        #expect(stub.requests.map(FaultRig.text) == [line(1), line(1), line(1)])
    }

    @Test("informational responses before the answer are passed over")
    func informational() throws {
        let stub = try HTTPStub { _ in
            .raw(
                Array(
                    ("HTTP/1.1 103 Early Hints\r\nRetry-After: 300\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
                        + "HTTP/1.1 204 No Content\r\n\r\n").utf8))
        }
        defer { stub.stop() }
        let rig = try FaultRig(stub.url, line(1))
        #expect(eventually { rig.acked == 1 })
        #expect(rig.value("shipper_retries_total") == 0)
        #expect(rig.finish())
    }

    @Test("an answer longer than what is kept of it still counts", arguments: [200, 400])
    func longAnswer(_ status: Int) throws {
        let stub = try HTTPStub { _ in .status(status, body: [UInt8](repeating: 0x78, count: 3 << 20)) }
        defer { stub.stop() }
        let rig = try FaultRig(stub.url, line(1))
        #expect(eventually { rig.acked + rig.value("shipper_dead_letters_total") == 1 })
        #expect(rig.value("shipper_retries_total") == 0)
        #expect(rig.finish())
        #expect(rig.directory.text("state/dead-letters.out.jsonl").utf8.count < 2000)
    }

    @Test("with order waived a tenant has several requests under way; without it one", arguments: [true, false])
    func order(_ isRelaxed: Bool) throws {
        let most = Atomic<Int>(0)
        let now = Atomic<Int>(0)
        let stub = try HTTPStub { _ in
            let count = now.add(1, ordering: .relaxed).newValue
            most.max(count, ordering: .relaxed)
            // The first ones wait for each other, as far as they can meet.
            if isRelaxed { _ = eventually(within: 5) { most.load(ordering: .relaxed) >= 3 } }
            now.subtract(1, ordering: .relaxed)
            return .status(200)
        }
        defer { stub.stop() }
        let rig = try FaultRig(stub.url, (0..<40).map(line).joined()) {
            $0.batchMaxLines = 2
            if isRelaxed { $0.order = .relaxed }
        }
        #expect(eventually { rig.acked == 40 })
        #expect(rig.finish())
        let lines = stub.requests.map(FaultRig.text).joined().split(separator: "\n").map { "\($0)\n" }
        if isRelaxed {
            #expect(most.load(ordering: .relaxed) >= 3)
            #expect(lines.sorted() == (0..<40).map(line).sorted())
        } else {
            #expect(most.load(ordering: .relaxed) == 1)
            #expect(lines == (0..<40).map(line))
        }
    }
}
