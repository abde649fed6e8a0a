import Foundation
import TestSupport

/// A blocking HTTP/1.1 client connection over one loopback socket; reads give up after a bound.
final class HTTPConnection {
    private let descriptor: Int32
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
            let part = Loopback.receive(descriptor)
            if part.isEmpty { return parser.next(method: method, atEnd: true) }
            parser.append(part)
        }
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
