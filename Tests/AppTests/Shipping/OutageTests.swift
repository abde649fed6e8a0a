import Foundation
import TestSupport
import Testing

@Suite("The log-shipper and destinations that fail")
struct OutageTests {
    @Test("a destination that is down for a while costs no line and sends none twice")
    func destinationDown() throws {
        let folder = try TemporaryDirectory("outage")
        let receiver = try LogReceiver()
        let writer = RotatingWriter(folder: folder.path, seed: 7)
        writer.burst()
        let shipper = try ShipperProcess(paths: [folder.file("*.jsonl")], url: receiver.url)
        #expect(eventually { receiver.distinctLines == writer.lines })
        receiver.stop()
        for _ in 0..<100 { writer.burst() }
        #expect(try eventually { try shipper.metrics().sum("shipper_retries_total") >= 2 })
        #expect(try shipper.account().pending > 0)
        try receiver.start()
        #expect(eventually(within: 60) { receiver.distinctLines == writer.lines })
        #expect(receiver.arrivals.values.allSatisfy { $0.starts.count == 1 })
        #expect(try eventually { try shipper.account().pending == 0 })
        let account = try shipper.account()
        #expect(account.read == Double(writer.lines) && account.settledOrPending == account.read)
    }

    @Test("SIGTERM sends what was read, and a later start sends nothing twice")
    func gracefulStop() throws {
        let folder = try TemporaryDirectory("stop")
        let receiver = try LogReceiver()
        let writer = RotatingWriter(folder: folder.path, seed: 8)
        for _ in 0..<50 { writer.burst() }
        let shipper = try ShipperProcess(paths: [folder.file("*.jsonl")], url: receiver.url)
        #expect(shipper.child.terminate() == 0)
        for _ in 0..<50 { writer.burst() }
        try shipper.startAgain()
        #expect(eventually { receiver.distinctLines == writer.lines })
        #expect(shipper.child.terminate() == 0)
        #expect(receiver.arrivals.values.allSatisfy { $0.starts.count == 1 })
        #expect(receiver.faults.isEmpty)
    }

    @Test("a tenant that is refused delays no other tenant")
    func oneTenantRefused() throws {
        let folder = try TemporaryDirectory("tenant")
        let stub = try HTTPStub { request in
            let body = (try? gunzip(request.body)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return LogReceiver.tenant(body) == "tenant-3"
                ? .status(429, headers: [("Retry-After", "60")]) : .status(204)
        }
        defer { stub.stop() }
        let writer = RotatingWriter(folder: folder.path, seed: 9)
        for _ in 0..<50 { writer.burst() }
        let shipper = try ShipperProcess(paths: [folder.file("*.jsonl")], url: "\(stub.url)/logs")
        let refused = (0..<writer.lines).count { $0 % 7 == 3 }
        #expect(
            try eventually {
                try shipper.metrics().sum("shipper_acked_lines_total") == Double(writer.lines - refused)
            })
        let page = try shipper.metrics()
        #expect(page.sum("shipper_acked_lines_total", ["tenant": "tenant-3"]) == 0)
        #expect(page.sum("shipper_pending_lines") == Double(refused))
    }

    @Test("lines that are no JSON, empty or half are handled as documented, and the rest arrives")
    func awkwardLines() throws {
        let folder = try TemporaryDirectory("awkward")
        let receiver = try LogReceiver()
        let good = (0..<10).map { RotatingWriter.line($0) }
        let text =
            good[..<5].joined(separator: "\n") + "\n\nthis is no JSON\n{\"tenant\":17}\n\n"
            + good[5...].joined(separator: "\n") + "\n{\"tenant\":\"half"
        try folder.write(text, to: "app.jsonl")
        let shipper = try ShipperProcess(paths: [folder.file("*.jsonl")], url: receiver.url)
        #expect(eventually { good.allSatisfy { receiver.arrivals[$0] != nil } })
        #expect(!receiver.arrivals.keys.contains { $0.contains("half") })
        #expect(
            try eventually {
                let account = try shipper.account()
                return account.pending == 0 && account.settledOrPending == account.read
            })
        #expect(shipper.child.isRunning)
    }
}
