import Foundation
import Locking
import Synchronization
import TestSupport

/// One connection of the gateway, as the script of a `ScriptedUpstream` sees it; blocking.
final class UpstreamPeer {
    let descriptor: Int32
    private var buffer: [UInt8] = []

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        Loopback.setTimeouts(descriptor, seconds: 15)
    }

    func send(_ text: String) { Loopback.send(descriptor, Array(text.utf8)) }

    func send(_ bytes: [UInt8]) -> Bool { Loopback.send(descriptor, bytes) }

    /// A request's head, nil at the end of the connection.
    func head() -> String? {
        while true {
            if buffer.count >= 4,
                let end = (0...(buffer.count - 4)).first(where: { buffer[$0..<$0 + 4] == [13, 10, 13, 10] })
            {
                let head = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeFirst(end + 4)
                return head
            }
            let bytes = Loopback.receive(descriptor)
            if bytes.isEmpty { return nil }
            buffer += bytes
        }
    }

    /// So many bytes of a body, fewer at the end of the connection.
    func body(_ count: Int) -> [UInt8] {
        while buffer.count < count {
            let bytes = Loopback.receive(descriptor)
            if bytes.isEmpty { break }
            buffer += bytes
        }
        let taken = Array(buffer.prefix(count))
        buffer.removeFirst(taken.count)
        return taken
    }

    /// Everything until the connection ends.
    func rest() -> [UInt8] {
        let all = buffer + Loopback.receiveAll(descriptor)
        buffer = []
        return all
    }
}

/// A server that follows a script for each connection and counts them.
final class ScriptedUpstream: Sendable {
    let port: Int
    private let descriptor: Int32
    private let accepted = Atomic<Int>(0)
    private let heads = Locked<[String]>([])

    /// `serve` runs on a thread of its own for each connection, which it counts from 1; the connection ends with it.
    init(_ serve: @escaping @Sendable (UpstreamPeer, Int) -> Void) throws {
        (descriptor, port) = try Loopback.listen()
        let descriptor = descriptor
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                let number = (self?.accepted.wrappingAdd(1, ordering: .relaxed).newValue) ?? 0
                Thread.detachNewThread {
                    serve(UpstreamPeer(connection), number)
                    close(connection)
                }
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    /// Connections so far.
    var connections: Int { accepted.load(ordering: .relaxed) }

    /// Answers every request of every connection with 200 and the request's first line.
    static func echo() throws -> ScriptedUpstream {
        try ScriptedUpstream { peer, _ in
            while let head = peer.head() {
                let length = head.components("\r\n").compactMap { line -> Int? in
                    line.hasPrefix("Content-Length: ") ? Int(line.dropFirst(16)) : nil
                }
                let body = peer.body(length.first ?? 0)
                let text = head.components("\r\n")[0] + "|" + String(decoding: body, as: UTF8.self)
                let isHead = head.hasPrefix("HEAD")
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(isHead ? "" : text)")
            }
        }
    }

    /// Answers the first request of every connection with these bytes and ends it.
    static func answering(_ text: String) throws -> ScriptedUpstream {
        try ScriptedUpstream { peer, _ in
            guard peer.head() != nil else { return }
            peer.send(text)
        }
    }
}
