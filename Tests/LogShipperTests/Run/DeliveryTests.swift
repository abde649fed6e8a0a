import CurlHTTP
import Foundation
import GatewayMetrics
import Logging
import Synchronization
import TestSupport
import Testing

@testable import LogShipper

/// A whole shipper against a scripted destination.
@Suite("Delivery", .serialized)
struct DeliveryTests {
    private func start(
        _ directory: TemporaryDirectory, _ url: String, type: ShipperConfiguration.OutputType = .ndjson,
        _ change: (inout ShipperConfiguration) -> Void = { _ in }
    ) throws -> Shipper {
        var configuration = ShipperConfiguration(stateDirectory: directory.file("state"))
        configuration.inputs = [ShipperConfiguration.Input(paths: [directory.file("*.log")])]
        var output = ShipperConfiguration.Output(name: "out", type: type, url: url)
        output.batchMaxAgeNanos = 20_000_000
        output.retryInitialNanos = 5_000_000
        output.retryMaxNanos = 20_000_000
        output.proxy = .none
        configuration.outputs = [output]
        configuration.rescanNanos = 20_000_000
        configuration.checkpointNanos = 20_000_000
        configuration.drainNanos = 5_000_000_000
        configuration.opsListen = "127.0.0.1:0"
        change(&configuration)
        return try Shipper(
            configuration, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private func append(_ text: String, to path: String) throws {
        let handle = try #require(FileHandle(forWritingAtPath: path))
        handle.seekToEndOfFile()
        handle.write(Data(text.utf8))
        try handle.close()
    }

    private func finish(_ shipper: Shipper) -> Bool {
        shipper.stop()
        return shipper.wait()
    }

    private func body(_ request: StubRequest) -> String {
        let bytes = request.body.withUnsafeBytes { GzipCodec.gunzipSingleMember($0, limit: 1 << 22) }
        return bytes.map { String(decoding: $0, as: UTF8.self) } ?? "no single gzip member"
    }

    private func acked(_ shipper: Shipper) -> Int {
        var total = 0
        shipper.metrics.registry.forEachSample { name, _, value in
            if name == "shipper_acked_lines_total" { total += Int(value) }
        }
        return total
    }

    private func value(_ shipper: Shipper, _ name: String) -> Int {
        var total = 0
        shipper.metrics.registry.forEachSample { series, _, value in
            if series == name { total += Int(value) }
        }
        return total
    }

    private func balance(_ shipper: Shipper) -> Bool {
        let settled =
            acked(shipper) + value(shipper, "shipper_dropped_lines_total")
            + value(shipper, "shipper_dead_letters_total") + value(shipper, "shipper_pending_lines")
        return settled == value(shipper, "shipper_read_lines_total")
    }

    @Test("each tenant's lines arrive as one gzip member with its header, and the books balance")
    func plain() throws {
        let directory = try TemporaryDirectory("delivery")
        let stub = try HTTPStub { _ in .status(204) }
        defer { stub.stop() }
        try directory.write(
            "{\"tenant\":\"a\",\"n\":1}\nnot json\n{\"tenant\":\"b\",\"n\":2}\r\n{\"tenant\":\"a\",\"n\":3}\n{\"tenant\":\"../b\"}\n",
            to: "x.log")
        let shipper = try start(directory, stub.url)
        #expect(eventually { acked(shipper) == 5 })
        #expect(balance(shipper))
        #expect(finish(shipper))
        var bodies: [String: String] = [:]
        for request in stub.requests {
            #expect(request.method == "POST")
            #expect(request.header("Content-Encoding") == "gzip")
            #expect(request.header("Content-Type") == "application/x-ndjson")
            bodies[request.header("X-Tenant-Id") ?? "", default: ""] += body(request)
        }
        #expect(
            bodies == [
                "a": "{\"tenant\":\"a\",\"n\":1}\n{\"tenant\":\"a\",\"n\":3}\n", "b": "{\"tenant\":\"b\",\"n\":2}\n",
                "_none": "not json\n{\"tenant\":\"../b\"}\n",
            ])
    }

    @Test("after a clean stop nothing is sent twice; after a new line only that one")
    func restart() throws {
        let directory = try TemporaryDirectory("delivery")
        let stub = try HTTPStub { _ in .status(200) }
        defer { stub.stop() }
        try directory.write("one\ntwo\n", to: "x.log")
        var shipper = try start(directory, stub.url)
        #expect(eventually { acked(shipper) == 2 })
        #expect(finish(shipper))
        try directory.write("one\ntwo\nthree\n", to: "x.log")
        shipper = try start(directory, stub.url)
        #expect(eventually { acked(shipper) == 1 })
        #expect(finish(shipper))
        #expect(stub.requests.map(body).joined() == "one\ntwo\nthree\n")
    }

    @Test(
        "what may pass later is repeated with the same bytes until it is taken",
        arguments: [408, 425, 429, 500, 502, 503, 504, 401, 403, 404, 501, 260, 0, -1])
    func retries(_ status: Int) throws {
        let directory = try TemporaryDirectory("delivery")
        let count = Atomic<Int>(0)
        let stub = try HTTPStub { _ in
            guard count.add(1, ordering: .relaxed).newValue <= 3 else { return .status(204) }
            switch status {
            case 0: return .hangUp
            case -1: return .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".utf8))
            default: return .status(status)
            }
        }
        defer { stub.stop() }
        try directory.write("one\ntwo\n", to: "x.log")
        let shipper = try start(directory, stub.url, type: .loki)
        #expect(eventually { acked(shipper) == 2 })
        #expect(balance(shipper))
        #expect(finish(shipper))
        // A connection that dies at once may be repeated by libcurl itself.
        #expect(stub.requests.count >= 4)
        #expect(Set(stub.requests.map(\.body)).count == 1)
        #expect(value(shipper, "shipper_dead_letters_total") == 0)
    }

    @Test("one poisoned line goes to the dead-letter file, the others are delivered, and a restart sends nothing again")
    func poison() throws {
        let directory = try TemporaryDirectory("delivery")
        let stub = try HTTPStub { request in
            let text = request.body.withUnsafeBytes { GzipCodec.gunzipSingleMember($0, limit: 1 << 22) } ?? []
            return String(decoding: text, as: UTF8.self).contains("poison")
                ? .status(400, body: Array("no \"poison\" please".utf8)) : .status(200)
        }
        defer { stub.stop() }
        let lines = (0..<200).map {
            $0 == 77 ? "{\"tenant\":\"a\",\"x\":\"poison\"}" : "{\"tenant\":\"a\",\"n\":\($0)}"
        }
        try directory.write(lines.map { $0 + "\n" }.joined(), to: "x.log")
        var shipper = try start(directory, stub.url)
        #expect(eventually { acked(shipper) == 199 && value(shipper, "shipper_dead_letters_total") == 1 })
        #expect(balance(shipper))
        #expect(finish(shipper))
        #expect(stub.requests.count <= 20)
        let letter = directory.text("state/dead-letters.out.jsonl")
        let object = try JSONSerialization.jsonObject(with: Data(letter.utf8)) as? [String: Any]
        #expect(object?["tenant"] as? String == "a")
        #expect(object?["status"] as? Int == 400)
        #expect(object?["reason"] as? String == "no \"poison\" please")
        #expect(object?["path"] as? String == directory.file("x.log"))
        #expect(object?["offset"] as? Int == lines.prefix(77).reduce(0) { $0 + $1.utf8.count + 1 })
        #expect(object?["line_base64"] as? String == Data(lines[77].utf8).base64EncodedString())
        let before = stub.requests.count
        shipper = try start(directory, stub.url)
        #expect(eventually { value(shipper, "shipper_open_files") == 1 })
        #expect(finish(shipper))
        #expect(stub.requests.count == before)
    }

    @Test("case 61: a tenant that is throttled delays no other and loses nothing")
    func isolation() throws {
        let directory = try TemporaryDirectory("delivery")
        let isThrottled = Atomic<Bool>(true)
        let stub = try HTTPStub { request in
            request.header("X-Tenant-Id") == "a" && isThrottled.load(ordering: .relaxed)
                ? .status(429, headers: [("Retry-After", "1")]) : .status(200)
        }
        defer { stub.stop() }
        try directory.write("{\"tenant\":\"a\"}\n{\"tenant\":\"b\"}\n", to: "x.log")
        let shipper = try start(directory, stub.url) { $0.outputs[0].concurrency = 1...1 }
        #expect(eventually { acked(shipper) == 1 })
        #expect(eventually { value(shipper, "shipper_retries_total") >= 1 })
        var text = ""
        for number in 0..<20 { text += "{\"tenant\":\"a\",\"n\":\(number)}\n{\"tenant\":\"b\",\"n\":\(number)}\n" }
        try append(text, to: directory.file("x.log"))
        #expect(eventually { acked(shipper) == 21 })
        isThrottled.store(false, ordering: .relaxed)
        #expect(eventually { acked(shipper) == 42 })
        #expect(balance(shipper))
        #expect(finish(shipper))
        let bodies = stub.requests.filter { $0.header("X-Tenant-Id") == "b" }.map(body).joined()
        #expect(bodies.split(separator: "\n").count == 21)
    }

    @Test("a stop within a long backoff ends by the deadline, and the next run delivers")
    func drainDeadline() throws {
        let directory = try TemporaryDirectory("delivery")
        let isUp = Atomic<Bool>(false)
        let stub = try HTTPStub { _ in
            isUp.load(ordering: .relaxed) ? .status(200) : .status(503, headers: [("Retry-After", "300")])
        }
        defer { stub.stop() }
        try directory.write("one\n", to: "x.log")
        var shipper = try start(directory, stub.url) { $0.drainNanos = 50_000_000 }
        #expect(eventually { !stub.requests.isEmpty })
        #expect(!finish(shipper))
        isUp.store(true, ordering: .relaxed)
        shipper = try start(directory, stub.url)
        #expect(eventually { acked(shipper) == 1 })
        #expect(finish(shipper))
    }

    @Test("a secret's file is read again when the destination refuses it")
    func rotatedSecret() throws {
        let directory = try TemporaryDirectory("delivery")
        let stub = try HTTPStub { request in
            request.header("Authorization") == "Bearer new" ? .status(200) : .status(401)
        }
        defer { stub.stop() }
        let secret = try directory.write("old\n", to: "token")
        try directory.write("one\n", to: "x.log")
        let shipper = try start(directory, stub.url) {
            $0.outputs[0].credentials = .bearer(token: nil, tokenFile: secret)
        }
        #expect(eventually { !stub.requests.isEmpty })
        try directory.write("new\n", to: "token")
        #expect(eventually { acked(shipper) == 1 })
        #expect(finish(shipper))
        #expect(stub.requests.first?.header("Authorization") == "Bearer old")
    }

    @Test("case 77: one output is down, the other stays current, and each goes on from its own progress")
    func outputs() throws {
        let directory = try TemporaryDirectory("delivery")
        let isUp = Atomic<Bool>(false)
        let fast = try HTTPStub { _ in .status(200) }
        let slow = try HTTPStub { _ in isUp.load(ordering: .relaxed) ? .status(200) : .status(503) }
        defer {
            fast.stop()
            slow.stop()
        }
        func two(_ configuration: inout ShipperConfiguration) {
            var second = configuration.outputs[0]
            second.name = "slow"
            second.url = slow.url
            configuration.outputs.append(second)
            configuration.drainNanos = 50_000_000
            configuration.maxUnackedBytes = 64 << 10
        }
        // Far more than the slow output's window can hold.
        let lines = (0..<3000).map {
            "{\"tenant\":\"a\",\"n\":\($0),\"pad\":\"\(String(repeating: "x", count: 200))\"}\n"
        }
        try directory.write(lines.joined(), to: "x.log")
        var shipper = try start(directory, fast.url, two)
        #expect(eventually { acked(shipper) == 3000 && !slow.requests.isEmpty })
        #expect(eventually { value(shipper, "shipper_lines_total") == 3000 })
        #expect(!finish(shipper))
        try append("last\n", to: directory.file("x.log"))
        isUp.store(true, ordering: .relaxed)
        let sent = fast.requests.count
        shipper = try start(directory, fast.url, two)
        #expect(eventually { acked(shipper) == 3002 })
        #expect(finish(shipper))
        #expect(fast.requests[sent...].map(body) == ["last\n"])
        // What was refused is sent with the same bytes, so every line is among the last bodies once.
        let delivered = Set(slow.requests.flatMap { body($0).split(separator: "\n") }.map { "\($0)\n" })
        #expect(lines.allSatisfy { delivered.contains($0) })
    }

    @Test("case 54: a state directory of version 0.1, with one checkpoint for all outputs, is taken over")
    func migration() throws {
        let directory = try TemporaryDirectory("delivery")
        let stub = try HTTPStub { _ in .status(200) }
        defer { stub.stop() }
        try directory.write("one\ntwo\n", to: "x.log")
        var shipper = try start(directory, stub.url)
        #expect(eventually { acked(shipper) == 2 })
        #expect(finish(shipper))
        let state = directory.file("state")
        for generation in ["checkpoint.0", "checkpoint.1"] {
            try? FileManager.default.moveItem(
                atPath: "\(state)/outputs/out/\(generation)", toPath: "\(state)/\(generation)")
        }
        try append("three\n", to: directory.file("x.log"))
        shipper = try start(directory, stub.url)
        #expect(eventually { acked(shipper) == 1 })
        #expect(finish(shipper))
        #expect(stub.requests.map(body).joined() == "one\ntwo\nthree\n")
        #expect(!FileManager.default.fileExists(atPath: "\(state)/checkpoint.0"))
        #expect(!FileManager.default.fileExists(atPath: "\(state)/checkpoint.1"))
    }

    @Test("Loki gets one stream with the configured labels, the tenant's header and the lines' own times")
    func loki() throws {
        let directory = try TemporaryDirectory("delivery")
        let stub = try HTTPStub { _ in .status(204) }
        defer { stub.stop() }
        let line = "{\"ts\":\"2025-11-24T16:00:00.5Z\",\"tenant\":\"a\",\"m\":\"ä \\\"q\\\"\"}"
        try directory.write("\(line)\n{\"tenant\":\"a\",\"ts\":1764000001}\n", to: "x.log")
        let shipper = try start(directory, "\(stub.url)/loki/api/v1/push", type: .loki) {
            $0.outputs[0].labels = [("job", "gate"), ("who", "<{tenant}>")]
        }
        #expect(eventually { acked(shipper) == 2 })
        #expect(finish(shipper))
        let request = try #require(stub.requests.first)
        #expect(request.header("X-Scope-OrgID") == "a")
        #expect(request.header("Content-Type") == "application/json")
        let object = try JSONSerialization.jsonObject(with: Data(body(request).utf8)) as? [String: Any]
        let stream = try #require((object?["streams"] as? [[String: Any]])?.first)
        #expect(stream["stream"] as? [String: String] == ["job": "gate", "who": "<a>"])
        let values = try #require(stream["values"] as? [[String]])
        #expect(values[0] == ["1764000000500000000", line])
        #expect(values[1][0] == "1764000001000000000")
    }

    @Test("the state directory is locked while a shipper runs, and the ops listener tells how it is")
    func operations() throws {
        let directory = try TemporaryDirectory("delivery")
        let stub = try HTTPStub { _ in .status(200) }
        defer { stub.stop() }
        try directory.write("one\n", to: "x.log")
        let shipper = try start(directory, stub.url)
        #expect(throws: SystemError.self) { try start(directory, stub.url) }
        #expect(eventually { acked(shipper) == 1 })
        let port = try #require(shipper.opsPort)
        func get(_ path: String) throws -> (status: Int, body: String) {
            let connection = try Loopback.connect(port: port)
            defer { close(connection) }
            Loopback.send(connection, Array("GET \(path) HTTP/1.0\r\nHost: x\r\n\r\n".utf8))
            var bytes: [UInt8] = []
            while case let part = Loopback.receive(connection), !part.isEmpty { bytes += part }
            let text = String(decoding: bytes, as: UTF8.self)
            return (Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0, text)
        }
        #expect(try get("/livez").status == 200)
        #expect(try eventually { try get("/readyz").status == 200 })
        #expect(try get("/nothing").status == 404)
        #expect(try get("/metrics").body.contains("shipper_acked_lines_total{output=\"out\",tenant=\"_none\"} 1"))
        #expect(try eventually { try get("/status").body.contains("\"front\":4") })
        #expect(finish(shipper))
    }

    @Test("whichever call on the state directory fails, every line arrives and the shipper goes on")
    func stateFaults() throws {
        for failingCall in 1...12 {
            let directory = try TemporaryDirectory("delivery")
            let stub = try HTTPStub { _ in .status(200) }
            defer { stub.stop() }
            try directory.write("one\n", to: "x.log")
            var configuration = ShipperConfiguration(stateDirectory: directory.file("state"))
            configuration.inputs = [ShipperConfiguration.Input(paths: [directory.file("*.log")])]
            configuration.outputs = [ShipperConfiguration.Output(name: "out", type: .ndjson, url: stub.url)]
            configuration.outputs[0].batchMaxAgeNanos = 5_000_000
            configuration.outputs[0].proxy = .none
            configuration.rescanNanos = 10_000_000
            configuration.checkpointNanos = 10_000_000
            configuration.opsListen = ""
            let shipper = try Shipper(
                configuration, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
                system: FaultyFileSystem(failingCall: failingCall))
            #expect(eventually { acked(shipper) == 1 })
            try append("two\n", to: directory.file("x.log"))
            #expect(eventually { acked(shipper) == 2 })
            #expect(finish(shipper))
            #expect(stub.requests.map(body).joined() == "one\ntwo\n")
        }
    }
}
