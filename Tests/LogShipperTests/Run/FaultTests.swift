import CurlHTTP
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import LogShipper

/// A shipper whose requests fail in every way that a network and a server know.
@Suite("Faults on the way", .serialized)
struct FaultTests {
    /// What happens to the first requests.
    enum Fault: String, CaseIterable, CustomTestStringConvertible {
        case resetAtOnce, resetWithinRequest, hangUp, reset, resetWithinHead, resetWithinBody, shortBody, notHTTP, stall
        case status408, status425, status429, status500, status502, status503, status504, status401, status403,
            status404, status501, status260

        var testDescription: String { rawValue }

        var onAccept: StubConnectionFault {
            switch self {
            case .resetAtOnce: .reset(afterBytes: 0)
            case .resetWithinRequest: .reset(afterBytes: 40)
            default: .none
            }
        }

        var response: StubResponse {
            switch self {
            case .resetAtOnce, .resetWithinRequest, .hangUp: .hangUp
            case .reset: .reset([])
            case .resetWithinHead: .reset(Array("HTTP/1.1 200 O".utf8))
            case .resetWithinBody: .reset(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".utf8))
            case .shortBody: .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".utf8))
            case .notHTTP: .raw(Array("220 mail.example ESMTP\r\n".utf8))
            case .stall: .silence
            default: .status(Int(rawValue.dropFirst(6)) ?? 500)
            }
        }
    }

    private func line(_ number: Int) -> String { "{\"tenant\":\"a\",\"n\":\(number)}\n" }

    @Test("case 59: what fails on the way is sent again with the same bytes, in order", arguments: Fault.allCases)
    func fault(_ fault: Fault) throws {
        let count = Atomic<Int>(0)
        let stub = try HTTPStub(onAccept: { $0 < 3 ? fault.onAccept : .none }) { _ in
            if fault.onAccept != .none { return .status(200) }
            return count.add(1, ordering: .relaxed).newValue <= 3 ? fault.response : .status(200)
        }
        defer { stub.stop() }
        let rig = try FaultRig(stub.url, (0..<6).map(line).joined()) {
            $0.batchMaxLines = 2
            if fault == .stall { $0.totalTimeoutMillis = 200 }
        }
        #expect(eventually { rig.acked == 6 })
        #expect(rig.isBalanced && rig.value("shipper_dead_letters_total") == 0)
        #expect(rig.value("shipper_retries_total") >= 3)
        #expect(rig.finish())
        let bodies = stub.requests.map(FaultRig.text)
        let failed = fault.onAccept == .none ? 3 : 0
        #expect(bodies.dropFirst(failed).joined() == (0..<6).map(line).joined())
        // The failed ones had the body of the first that was taken.
        #expect(Set(bodies.prefix(failed + 1)).count == 1)
    }

    @Test("who was told that an output fails is told that it works again, and nobody else is")
    func worksAgain() throws {
        let isDown = Atomic<Bool>(false)
        let stub = try HTTPStub { _ in .status(isDown.load(ordering: .relaxed) ? 503 : 200) }
        defer { stub.stop() }
        let rig = try FaultRig(stub.url, line(0))
        #expect(eventually { rig.acked == 1 })
        #expect(rig.messages.allSatisfy { !$0.contains("output") && !$0.contains("request") })
        isDown.store(true, ordering: .relaxed)
        try rig.append(line(1))
        #expect(eventually { rig.messages.contains("warning: a request failed") })
        isDown.store(false, ordering: .relaxed)
        #expect(eventually { rig.acked == 2 })
        #expect(eventually { rig.messages.contains("info: an output works again") })
        #expect(rig.finish())
    }

    @Test("case 59: while nobody listens the circuit is open; once somebody does, everything arrives in order")
    func refused() throws {
        let port = try Loopback.freePort()
        let rig = try FaultRig("http://127.0.0.1:\(port)", (0..<6).map(line).joined()) { $0.batchMaxLines = 2 }
        #expect(eventually { rig.value("shipper_retries_total", "connect") >= 4 })
        #expect(eventually { rig.value("shipper_circuit_open") == 1 })
        #expect(eventually { rig.value("shipper_pending_lines") == 6 })
        let stub = try HTTPStub(port: port) { _ in .status(200) }
        defer { stub.stop() }
        #expect(eventually { rig.acked == 6 })
        #expect(eventually { rig.value("shipper_circuit_open") == 0 })
        #expect(rig.finish())
        #expect(stub.requests.map(FaultRig.text).joined() == (0..<6).map(line).joined())
    }

    @Test("case 59: a name without an address and a handshake that fails are tried again, and lose nothing")
    func noConnection() throws {
        let plain = try HTTPStub(onAccept: { _ in .reset(afterBytes: 1) }) { _ in .status(200) }
        defer { plain.stop() }
        for (url, reason) in [
            ("http://no-such-host.invalid/", "connect"), ("https://127.0.0.1:\(plain.port)/", "tls"),
        ] {
            let rig = try FaultRig(url, line(1) + line(2))
            #expect(eventually { rig.value("shipper_retries_total", reason) >= 3 })
            #expect(rig.value("shipper_pending_lines") == 2 && rig.isBalanced)
            #expect(!rig.finish())
        }
        #expect(plain.requests.isEmpty)
    }

    @Test("case 60: a Retry-After in seconds holds the next try back; garbage in it changes nothing")
    func retryAfter() throws {
        let count = Atomic<Int>(0)
        let stub = try HTTPStub { _ in
            switch count.add(1, ordering: .relaxed).newValue {
            case 1: .status(503, headers: [("Retry-After", "soon")])
            case 2: .status(429, headers: [("Retry-After", "300")])
            default: .status(200)
            }
        }
        defer { stub.stop() }
        let rig = try FaultRig(stub.url, line(1))
        #expect(eventually { rig.value("shipper_retries_total") == 2 })
        // Another tenant is not held back.
        try rig.append("{\"tenant\":\"b\"}\n")
        #expect(eventually { rig.acked == 1 })
        #expect(!rig.finish())
        #expect(stub.requests.count == 3)
    }

    @Test(
        "case 64: 401, 403 and 407 hold the lines until the secret's file has another secret",
        arguments: [401, 403, 407])
    func refusedSecret(_ status: Int) throws {
        let secrets = try TemporaryDirectory("secrets")
        let file = try secrets.write("old\n", to: "token")
        let stub = try HTTPStub { request in
            request.header("Authorization") == "Bearer new" ? .status(200) : .status(status)
        }
        defer { stub.stop() }
        let rig = try FaultRig(stub.url, line(1)) { $0.credentials = .bearer(token: nil, tokenFile: file) }
        #expect(eventually { rig.value("shipper_retries_total", "unauthorized") >= 3 })
        #expect(rig.value("shipper_pending_lines") == 1 && rig.value("shipper_failing_tenants") == 1)
        try secrets.write("new\n", to: "token")
        #expect(eventually { rig.acked == 1 })
        #expect(rig.finish())
    }

    @Test("case 79: a secret's file that is replaced counts from the next request on, without a refusal")
    func replacedSecret() throws {
        let secrets = try TemporaryDirectory("secrets")
        let file = try secrets.write("old\n", to: "token")
        let stub = try HTTPStub { _ in .status(200) }
        defer { stub.stop() }
        let rig = try FaultRig(stub.url, line(1)) { $0.credentials = .bearer(token: nil, tokenFile: file) }
        #expect(eventually { rig.acked == 1 })
        try secrets.write("a newer one\n", to: "token")
        try rig.append(line(2))
        #expect(eventually { rig.acked == 2 })
        #expect(rig.finish())
        #expect(stub.requests.map { $0.header("Authorization") } == ["Bearer old", "Bearer a newer one"])
    }

    @Test(
        "a token is fetched beside the requests, and again when it is refused; a tenant waits meanwhile and loses nothing"
    )
    func oauth() throws {
        let tokens = Atomic<Int>(0)
        let server = try HTTPStub { _ in
            switch tokens.add(1, ordering: .relaxed).newValue {
            case 1: .status(503)
            case let number: .status(200, body: Array("{\"access_token\":\"t\(number)\",\"expires_in\":3600}".utf8))
            }
        }
        let stub = try HTTPStub { request in
            request.header("Authorization") == "Bearer t3" ? .status(200) : .status(401)
        }
        defer {
            server.stop()
            stub.stop()
        }
        var options = ShipperConfiguration.OAuth2Options()
        options.tokenURL = server.url
        options.clientID = "me"
        options.secret = "secret"
        let rig = try FaultRig(stub.url, line(1)) { $0.credentials = .oauth2(options) }
        #expect(eventually { rig.acked == 1 })
        #expect(rig.finish())
        #expect(stub.requests.first?.header("Authorization") == "Bearer t2")
        #expect(tokens.load(ordering: .relaxed) == 3)
    }

    @Test("case 64: 404 waits, or makes dead letters of the lines where that is wished", arguments: [false, true])
    func notFound(_ buries: Bool) throws {
        let stub = try HTTPStub { _ in .status(404, body: Array("no such page".utf8)) }
        defer { stub.stop() }
        let rig = try FaultRig(stub.url, line(1) + line(2)) { if buries { $0.on404 = .deadLetter } }
        if buries {
            #expect(eventually { rig.value("shipper_dead_letters_total") == 2 })
            #expect(rig.isBalanced)
            #expect(rig.finish())
            #expect(stub.requests.count == 1)
        } else {
            #expect(eventually { rig.value("shipper_retries_total", "misconfigured") >= 3 })
            #expect(!rig.finish())
        }
    }
}
