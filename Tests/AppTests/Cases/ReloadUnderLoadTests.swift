import Foundation
import Locking
import TestSupport
import Testing

@Suite("Reloads and stops under load, at the running gateway", .serialized)
struct ReloadUnderLoadTests {
    private let upstreams: [RecordingUpstream]

    init() throws {
        upstreams = try (0..<3).map { _ in
            try RecordingUpstream { peer in
                peer.isRecording = false
                peer.echoWebSocket()
            }
        }
    }

    private var rest: String {
        "drain: { deadline: 20s, idle: 500ms }\n" + GatewayProcess.cells(["rec": upstreams[0].port])
    }

    /// The cells change with every reload, but for the upstream that the WebSocket is on.
    private func cells(_ round: Int) -> String {
        let ports = round % 2 == 0 ? [upstreams[0].port] : upstreams.map(\.port)
        let urls = ports.map { "\"http://127.0.0.1:\($0)\"" }.joined(separator: ", ")
        let other =
            round % 2 == 0 ? "" : "  - { name: other, upstreams: [\"http://127.0.0.1:\(upstreams[1].port)\"] }\n"
        return "cells:\n  - { name: rec, upstreams: [\(urls)] }\n\(other)"
    }

    @Test("100 reloads under load fail no request, lose no line and leave a WebSocket open")
    func reloads() throws {
        let gateway = try GatewayProcess(rest)
        let original = try String(contentsOfFile: gateway.configurationFile, encoding: .utf8)
        let start = original.components(separatedBy: "cells:")[0]
        let socket = try WebSocketClient(port: gateway.port, path: "/api/v1/rec/ws")
        let load = LoadClients(4, port: gateway.port, target: "/api/v1/rec/x")
        let reloads = { try gateway.metrics().sum("gateway_config_last_reload_successful") }
        for round in 1...100 {
            let before = load.answered
            // By rename, since a reload by signal may be reading the file at any time.
            let text = Data((start + cells(round)).utf8)
            try text.write(to: URL(fileURLWithPath: gateway.configurationFile), options: .atomic)
            if round % 2 == 0 {
                gateway.child.signal(SIGHUP)
            } else {
                #expect(try request("POST", "/api/reload", port: gateway.opsPort).status == 200)
            }
            #expect(eventually(every: 0.001) { load.answered >= before + 4 }, "round \(round)")
            #expect(socket.echoes(Array("round \(round)".utf8)), "round \(round)")
        }
        #expect(try reloads() == 1)
        let tally = load.stop()
        #expect(tally.failures.isEmpty)
        #expect(tally.answered >= 400)
        #expect(socket.echoes([0x03, 0xE8], opcode: WebSocketFrame.close))
        #expect(eventually { gateway.accessLines.count == tally.answered + 1 })
        #expect(gateway.accessLines.count { $0.status == 101 } == 1)
    }

    @Test("an open WebSocket holds a stop up to its deadline and no longer")
    func openTunnel() throws {
        let gateway = try GatewayProcess(
            "drain: { deadline: 1s, idle: 100ms }\n" + GatewayProcess.cells(["rec": upstreams[0].port]))
        let socket = try WebSocketClient(port: gateway.port, path: "/api/v1/rec/ws")
        gateway.child.signal(SIGTERM)
        #expect(eventually { (try? HTTPConnection(port: gateway.port)) == nil })
        #expect(socket.echoes(Array("still here".utf8)))
        #expect(socket.connection.receiveEnding() != .open)
        #expect(gateway.child.wait(within: 15) == 0)
        #expect(gateway.accessLines.map(\.status) == [101])
    }

    @Test("SIGTERM under load fails no request on an accepted connection, and the program ends well in time")
    func stop() throws {
        let isTold = Locked(false)
        let held = try RecordingUpstream { peer in
            while let message = peer.message() {
                if message.target.hasSuffix("/held") { _ = eventually { isTold.withLock { $0 } } }
                peer.answer(message)
            }
        }
        let gateway = try GatewayProcess(
            "drain: { deadline: 20s, idle: 500ms }\n" + GatewayProcess.cells(["rec": held.port]))
        let kept = LoadClients(3, port: gateway.port, target: "/api/v1/rec/x")
        let fresh = LoadClients(3, port: gateway.port, target: "/api/v1/rec/x", keepsAlive: false)
        let waiting = try HTTPConnection(port: gateway.port)
        waiting.send("GET /api/v1/rec/held HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(eventually { held.messages.contains { $0.target.hasSuffix("/held") } })
        #expect(eventually { kept.answered > 50 && fresh.answered > 50 })
        gateway.child.signal(SIGTERM)
        // Nobody connects any more, but the request in flight is still waited for.
        #expect(eventually { (try? HTTPConnection(port: gateway.port)) == nil })
        #expect(gateway.child.isRunning)
        isTold.withLock { $0 = true }
        let reply = waiting.receive()
        #expect(reply?.status == 200)
        #expect(reply?.header("Connection") == "close")
        #expect(gateway.child.wait(within: 15) == 0)
        #expect(kept.stop().failures.isEmpty)
        #expect(fresh.stop().failures.isEmpty)
        let answered = kept.stop().answered + fresh.stop().answered + 1
        #expect(gateway.accessLines.count { $0.status == 200 } == answered)
        #expect(gateway.accessLines.count == answered)
    }
}
