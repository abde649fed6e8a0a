import Foundation
import Locking
import TestSupport

/// An upstream that keeps every byte it ever receives, connection by connection, and answers whole messages with 200.
final class RecordingUpstream: Sendable {
    let port: Int
    private let connections = Locked<[Connection]>([])

    private struct Connection {
        var bytes: [UInt8] = []
        var answered = 0
        var isOpen = true
    }

    init() throws {
        let (descriptor, port) = try Loopback.listen()
        self.port = port
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { continue }
                let index = connections.withLock { connections in
                    connections.append(Connection())
                    return connections.count - 1
                }
                Thread.detachNewThread { [self] in serve(client, index) }
            }
        }
    }

    /// All messages of all connections.
    var messages: [ForwardedMessage] {
        connections.withLock { $0.map(\.bytes) }.flatMap(ForwardedMessage.parse)
    }

    /// Whether some connection holds the beginning of a message and is still open.
    var isWaiting: Bool {
        connections.withLock { connections in
            connections.contains { $0.isOpen && ForwardedMessage.parse($0.bytes).last?.isComplete == false }
        }
    }

    private func serve(_ client: Int32, _ index: Int) {
        defer { close(client) }
        while true {
            let part = Loopback.receive(client)
            let due = connections.withLock { connections in
                if part.isEmpty { connections[index].isOpen = false }
                connections[index].bytes += part
                let complete = ForwardedMessage.parse(connections[index].bytes).count { $0.isComplete }
                defer { connections[index].answered = complete }
                return complete - connections[index].answered
            }
            if part.isEmpty { return }
            for _ in 0..<due { Loopback.send(client, Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)) }
        }
    }
}
