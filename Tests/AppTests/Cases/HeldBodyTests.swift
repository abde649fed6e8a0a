import Foundation
import TestSupport
import Testing

/// Bytes that come before somebody can take them are held for a moment, and must arrive as they came.
@Suite("Bodies that are held for a moment, through the running gateway")
struct HeldBodyTests {
    private static let sizes = [100, 5_000, 60_000, 300_000]

    @Test(
        "a body that comes with its head, while the upstream is being connected to, arrives unchanged", arguments: sizes
    )
    func whileConnecting(_ size: Int) throws {
        let upstream = try RecordingUpstream()
        let gateway = try GatewayProcess("pool: { max_idle: 0 }\n" + GatewayProcess.cells(["rec": upstream.port]))
        let body = BodyPattern.bytes(size)
        for round in 0..<5 {
            let reply = try gateway.send("POST", "/api/v1/rec/\(round)", body: body)
            #expect(reply.status == 200)
        }
        let messages = upstream.messages
        let areSame = messages.allSatisfy { $0.body == body }
        #expect(messages.map(\.body.count) == Array(repeating: size, count: 5))
        #expect(areSame)
    }

    @Test("a pipelined body that comes before the answer to the request before it arrives unchanged", arguments: sizes)
    func whileAnswering(_ size: Int) throws {
        let upstream = try RecordingUpstream()
        let gateway = try GatewayProcess(GatewayProcess.cells(["rec": upstream.port]))
        let body = BodyPattern.bytes(size)
        let connection = try HTTPConnection(port: gateway.port)
        let head = "POST /api/v1/rec/x HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n"
        connection.send((0..<3).flatMap { _ in Array(head.utf8) + body })
        for _ in 0..<3 { #expect(connection.receive()?.status == 200) }
        let messages = upstream.messages
        let areSame = messages.allSatisfy { $0.body == body }
        #expect(messages.map(\.body.count) == Array(repeating: size, count: 3))
        #expect(areSame)
    }

    @Test("a response body that comes with the second half of its head arrives unchanged", arguments: sizes)
    func behindHead(_ size: Int) throws {
        let body = BodyPattern.bytes(size)
        let upstream = try RecordingUpstream { peer in
            while peer.message() != nil {
                peer.send("HTTP/1.1 200 OK\r\nContent-Le")
                // Long enough for the gateway to read the first half by itself.
                usleep(50_000)
                peer.send(Array("ngth: \(size)\r\n\r\n".utf8) + body)
            }
        }
        let gateway = try GatewayProcess(GatewayProcess.cells(["rec": upstream.port]))
        for _ in 0..<3 {
            let reply = try gateway.send("GET", "/api/v1/rec/x")
            #expect(reply.status == 200 && reply.body.count == size)
            // Beforehand: a report of how two large arrays differ takes minutes.
            let isSame = reply.body == body
            #expect(isSame)
        }
    }
}
