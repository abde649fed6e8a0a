import Foundation
import Locking
import TestSupport

/// An upstream that keeps every byte it ever receives, connection by connection, and answers as its script says.
final class RecordingUpstream: Sendable {
    /// What is done with one connection, on a thread of its own; the connection ends with it.
    typealias Script = @Sendable (RecordedPeer) -> Void

    let port: Int
    private let descriptor: Int32
    private let records = Records()

    private struct Connection {
        var bytes: [UInt8] = []
        var isOpen = true
    }

    /// Shared with the threads, which do not keep the upstream alive.
    private final class Records: Sendable {
        let connections = Locked<[Connection]>([])
    }

    /// Without a script whole messages are answered with 200.
    init(_ script: @escaping Script = { $0.answerAll() }) throws {
        (descriptor, port) = try Loopback.listen(backlog: 1_024)
        let descriptor = descriptor
        let records = records
        Thread.detachNewThread {
            while true {
                let client = accept(descriptor, nil, nil)
                if client < 0, errno == EINTR || errno == ECONNABORTED { continue }
                guard client >= 0 else { return }
                let index = records.connections.withLock { connections in
                    connections.append(Connection())
                    return connections.count - 1
                }
                let peer = RecordedPeer(client, number: index) { bytes in
                    records.connections.withLock { connections in
                        if bytes.isEmpty { connections[index].isOpen = false }
                        connections[index].bytes += bytes
                    }
                }
                Thread.detachNewThread {
                    script(peer)
                    records.connections.withLock { $0[index].isOpen = false }
                    peer.finish()
                }
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    /// All messages of all connections.
    var messages: [ForwardedMessage] {
        records.connections.withLock { $0.map(\.bytes) }.flatMap(ForwardedMessage.parse)
    }

    /// Whether some connection holds the beginning of a message and is still open.
    var isWaiting: Bool {
        records.connections.withLock { connections in
            connections.contains { $0.isOpen && ForwardedMessage.parse($0.bytes).last?.isComplete == false }
        }
    }

    /// Connections so far.
    var connectionCount: Int { records.connections.withLock { $0.count } }

    /// Connections that neither side has ended.
    var openCount: Int { records.connections.withLock { $0.count { $0.isOpen } } }

    /// Forgets what has come so far, which must be whole messages.
    func forget() {
        records.connections.withLock { connections in
            for index in connections.indices { connections[index].bytes = [] }
        }
    }
}

/// One connection of the gateway, as the script of a ``RecordingUpstream`` sees it; blocking.
final class RecordedPeer: @unchecked Sendable {
    /// Counts from 0.
    let number: Int
    let descriptor: Int32
    private let record: @Sendable ([UInt8]) -> Void
    private var buffer: [UInt8] = []
    /// Turned off where more comes than should be kept.
    var isRecording = true

    init(_ descriptor: Int32, number: Int, record: @escaping @Sendable ([UInt8]) -> Void) {
        self.descriptor = descriptor
        self.number = number
        self.record = record
    }

    fileprivate func finish() { close(descriptor) }

    /// Waits for one whole message; nil at the end of the connection.
    func message() -> ForwardedMessage? {
        while true {
            var rest = buffer[...]
            if let message = ForwardedMessage.next(from: &rest), message.isComplete {
                buffer = Array(rest)
                return message
            }
            guard fill() else { return nil }
        }
    }

    /// Waits for a head alone; nil at the end of the connection.
    func head() -> ForwardedMessage? {
        while true {
            if let end = buffer.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = ForwardedMessage.head(buffer[..<end.lowerBound])
                buffer.removeFirst(end.upperBound)
                return head
            }
            guard fill() else { return nil }
        }
    }

    /// So many bytes, fewer at the end of the connection.
    func bytes(_ count: Int) -> [UInt8] {
        while buffer.count < count, fill() {}
        defer { buffer.removeFirst(min(count, buffer.count)) }
        return Array(buffer.prefix(count))
    }

    /// What has come and not been used, or else what comes next; empty at the end of the connection.
    func some() -> [UInt8] {
        if buffer.isEmpty, !fill() { return [] }
        defer { buffer = [] }
        return buffer
    }

    /// Waits until the connection ends, and drops what comes before.
    func waitForEnd() { while !some().isEmpty {} }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool { Loopback.send(descriptor, bytes) }

    /// The connection will end with a reset.
    func resetAtEnd() { Loopback.resetOnClose(descriptor) }

    /// Answers every whole message with 200 and two bytes.
    func answerAll() {
        while let message = message() { answer(message) }
    }

    func answer(_ message: ForwardedMessage) {
        send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + (message.method == "HEAD" ? "" : "ok"))
    }

    private func fill() -> Bool {
        let part = Loopback.receive(descriptor)
        if isRecording || part.isEmpty { record(part) }
        buffer += part
        return !part.isEmpty
    }
}
