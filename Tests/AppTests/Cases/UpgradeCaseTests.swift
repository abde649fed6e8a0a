import TestSupport
import Testing

@Suite(
    "Cases of protocol upgrades, at the running gateway", .serialized,
    .gateway(CaseBench.defaults + "timeouts: { tunnel: 500ms }\n", upstream: { $0.echoWebSocket() }))
struct UpgradeCaseTests {
    private static let accepted: [ServedCase] = [
        .get(
            "case 93: an upgrade to HTTP/2 is ignored",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
        ).without("upgrade", "connection", "http2-settings"),
        .get("case 93: an upgrade to another protocol is ignored", "Connection: Upgrade\r\nUpgrade: foo/2\r\n")
            .without("upgrade", "connection"),
        .get(
            "case 93: a choice of protocols is ignored", "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n"
        ).without("upgrade", "connection"),
        .get("case 93: Upgrade without Connection is ignored", "Upgrade: websocket\r\n")
            .without("upgrade", "connection"),
        .get("case 93: Connection without Upgrade is ignored", "Connection: Upgrade\r\n").without("connection"),
        .get(
            "case 93: an upgrade that the cell declines is an ordinary answer",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: none\r\n"
        ).with("upgrade", "websocket").with("connection", "upgrade"),
    ]

    @Test("each is served as if it did not ask", arguments: accepted)
    func ignored(_ served: ServedCase) throws { try served.check() }

    @Test("case 93: a POST is not upgraded")
    func withBody() throws {
        let seen = try CaseBench.booted().observe(
            "POST /api/v1/rec/x HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\nConnection: Upgrade\r\n"
                + "Upgrade: websocket\r\nContent-Length: 5\r\n\r\nhello")
        #expect(seen.replies.map(\.status) == [200])
        #expect(seen.forwarded.map { $0.values("upgrade") } == [[]])
    }

    @Test("case 93: after 101 bytes are opaque, and what looks like a request is none")
    func opaque() throws {
        let bench = try CaseBench.booted()
        let seen = try bench.observe { connection in
            connection.send(Self.handshake + CaseBench.canary + CaseBench.canary)
            let head = connection.receiveHead()
            // "GE" begins a frame of 69 bytes that is not masked, which the upstream echoes as a whole message.
            let echoed = Array((CaseBench.canary + CaseBench.canary).utf8)[2..<71]
            #expect(connection.receive(count: 71) == [0x87, 0x45] + echoed)
            connection.endOutput()
            #expect(connection.receiveEnding() != .open)
            return [head].compactMap(\.self)
        }
        #expect(seen.replies.map(\.status) == [101])
        #expect(seen.lines.map(\.status) == [101])
        #expect(seen.lines.map(\.requestBytes) == [CaseBench.canary.utf8.count * 2])
    }

    private static let handshake =
        "GET /api/v1/rec/ws HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \(WebSocketFrame.key)\r\n\r\n"

    @Test("case 93: a tunnel on which nothing is said is closed after its time, and logged once")
    func timed() throws {
        let seen = try CaseBench.booted().observe { connection in
            connection.send(Self.handshake)
            let head = connection.receiveHead()
            #expect(connection.receiveEnding() == .ended)
            return [head].compactMap(\.self)
        }
        #expect(seen.lines.map(\.status) == [101])
        #expect(seen.counted == [CountedRequest(tenant: "acme", cell: "rec", method: "GET", code: 101): 1])
        #expect(seen.faults == ["timeout": 1])
    }
}
