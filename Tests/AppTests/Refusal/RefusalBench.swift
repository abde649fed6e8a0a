import Foundation
import Locking
import TestSupport
import Testing

/// A gateway before an upstream that records every byte.
final class RefusalBench: Sendable {
    static let cell = "rec"
    let upstream: RecordingUpstream
    let port: Int
    private let gateway: Locked<GatewayProcess>

    init() throws {
        upstream = try RecordingUpstream()
        let gateway = try GatewayProcess(
            "timeouts: { head: 500ms, body: 500ms, idle: 500ms }\n"
                + GatewayProcess.cells([Self.cell: upstream.port]))
        port = gateway.port
        self.gateway = Locked(gateway)
    }

    /// Sends every message over a connection of its own and gives the statuses that came back until it was closed.
    func send(_ messages: [[UInt8]]) -> [[Int]] {
        let answers = Locked([[Int]](repeating: [], count: messages.count))
        onThreads(16, count: messages.count) { [port] index in
            guard let connection = try? HTTPConnection(port: port, timeoutSeconds: 10) else { return }
            connection.send(messages[index])
            let statuses = connection.receiveAll().map(\.status)
            answers.withLock { $0[index] = statuses }
        }
        return answers.withLock { $0 }
    }

    /// What the upstream has got, once no begun message is being waited for.
    func forwarded() -> [ForwardedMessage] {
        #expect(eventually { !upstream.isWaiting }, "an upstream connection with half a message is left open")
        return upstream.messages
    }

    /// The gateway still answers.
    func expectAlive() throws {
        let reply = try request("GET", "/api/v1/\(Self.cell)/alive", port: port)
        #expect(reply.status == 200)
    }
}
