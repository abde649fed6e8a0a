import Foundation
import TestSupport

/// A blocking HTTP/1.1 client connection over one loopback socket; reads give up after a bound.
final class HTTPConnection {
    /// How the connection stands after a read that brought nothing.
    enum Ending: Sendable {
        /// The time was up; the peer may still send.
        case open
        /// The peer ended it in order.
        case ended
        /// The peer, or the system in its place, broke it off.
        case reset
    }

    let descriptor: Int32
    private(set) var ending = Ending.open
    private var parser = ReplyParser()

    init(port: Int, timeoutSeconds: Int = 10) throws {
        descriptor = try Loopback.connect(port: port, timeoutSeconds: timeoutSeconds)
    }

    deinit { close(descriptor) }

    /// Sends bytes as they are.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool { Loopback.send(descriptor, bytes) }

    /// Sends text as it is.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// The next response, or nil when the connection ended or the time was up before one came.
    func receive(method: String = "GET") -> Reply? {
        while true {
            if let reply = parser.next(method: method) { return reply }
            guard fill() else { return parser.next(method: method, atEnd: true) }
        }
    }

    /// The first response without its body, an interim one too; its body is left to the other calls.
    func receiveHead() -> Reply? {
        while true {
            if let head = parser.nextHead() { return head }
            guard fill() else { return nil }
        }
    }

    /// So many bytes as they come, fewer at the end.
    func receive(count: Int) -> [UInt8] {
        while parser.buffer.count < count, fill() {}
        return parser.take(count)
    }

    /// What has come and not been used, or else what comes next; empty at the end.
    func receivePart() -> [UInt8] {
        if parser.buffer.isEmpty { _ = fill() }
        return parser.take(.max)
    }

    /// Everything up to and including `text` as it comes, or nil when it doesn't.
    func receive(until text: String) -> String? {
        while true {
            if let end = parser.buffer.firstRange(of: Array(text.utf8)) {
                return String(decoding: parser.take(end.upperBound), as: UTF8.self)
            }
            guard fill() else { return nil }
        }
    }

    /// Reads on until the peer ends the connection or the time is up; says what it was.
    func receiveEnding() -> Ending {
        while fill() { _ = parser.take(.max) }
        return ending
    }

    /// Ends this side's output and still reads.
    func endOutput() { shutdown(descriptor, Int32(SHUT_WR)) }

    private func fill() -> Bool {
        // A reset is told once; a second read would see an orderly end.
        guard ending == .open else { return false }
        errno = 0
        let part = Loopback.receive(descriptor)
        if part.isEmpty { ending = errno == EAGAIN ? .open : errno == 0 ? .ended : .reset }
        parser.append(part)
        return !part.isEmpty
    }

    /// All responses until the peer closes or the time is up.
    func receiveAll() -> [Reply] {
        var replies: [Reply] = []
        while let reply = receive() { replies.append(reply) }
        return replies
    }

    /// One request and its response.
    func exchange(
        _ method: String = "GET", _ target: String, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) throws -> Reply {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: gatehouse.test\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        send(Array((head + "\r\n").utf8) + (body ?? []))
        guard let reply = receive(method: method) else { throw Absent(what: "no response to \(method) \(target)") }
        return reply
    }
}

/// One request over a connection of its own.
func request(
    _ method: String = "GET", _ target: String, port: Int, headers: [(String, String)] = [], body: [UInt8]? = nil,
    timeoutSeconds: Int = 10
) throws -> Reply {
    let connection = try HTTPConnection(port: port, timeoutSeconds: timeoutSeconds)
    return try connection.exchange(method, target, headers: headers + [("Connection", "close")], body: body)
}
