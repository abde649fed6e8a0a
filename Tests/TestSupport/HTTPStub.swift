import Foundation
import Locking

/// A request as ``HTTPStub`` received it.
public struct StubRequest: Sendable {
    /// The method, as written.
    public var method: String
    /// The request target, as written.
    public var target: String
    /// Headers in order, names as written.
    public var headers: [(name: String, value: String)]
    /// The body after chunked decoding.
    public var body: [UInt8]
    /// How many requests came before it on the same connection.
    public var precedingCount = 0

    /// The first value of a header, by case-insensitive name.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// What ``HTTPStub`` answers.
public enum StubResponse: Sendable {
    /// A response with Content-Length.
    case status(Int, headers: [(String, String)] = [], body: [UInt8] = [])
    /// These bytes as they are, then the connection is closed.
    case raw([UInt8])
    /// These bytes as they are, then the connection is reset.
    case reset([UInt8])
    /// The connection is closed without an answer.
    case hangUp
    /// No answer; the connection stays open until the stub stops.
    case silence
}

/// What ``HTTPStub`` does to a connection before it reads a request.
public enum StubConnectionFault: Sendable, Equatable {
    /// Nothing.
    case none
    /// Resets it after so many bytes of the first request.
    case reset(afterBytes: Int)
}

/// A small scripted HTTP/1.1 server on 127.0.0.1 with a thread a connection, for tests only.
public final class HTTPStub: Sendable {
    /// The port it listens on.
    public let port: Int
    private let descriptor: Int32
    private let onAccept: @Sendable (Int) -> StubConnectionFault
    private let answer: @Sendable (StubRequest) -> StubResponse
    private let state = Locked(State())

    private struct State {
        var requests: [StubRequest] = []
        var connections: Set<Int32> = []
        var acceptedCount = 0
        var isStopped = false
    }

    /// Starts to listen; `answer` is called on the connection's thread for each request, and `onAccept` with the number
    /// of each connection, from 0.
    public init(
        port: Int = 0, onAccept: @escaping @Sendable (Int) -> StubConnectionFault = { _ in .none },
        _ answer: @escaping @Sendable (StubRequest) -> StubResponse
    ) throws {
        let (descriptor, port) = try Loopback.listen(port: port)
        self.descriptor = descriptor
        self.port = port
        self.onAccept = onAccept
        self.answer = answer
        Thread.detachNewThread { [self] in acceptLoop() }
    }

    /// `http://127.0.0.1:port`
    public var url: String { "http://127.0.0.1:\(port)" }

    /// All requests so far, in order of arrival.
    public var requests: [StubRequest] { state.withLock { $0.requests } }

    /// Stops listening and closes every connection.
    public func stop() {
        let open = state.withLock { state -> Set<Int32>? in
            guard !state.isStopped else { return nil }
            state.isStopped = true
            return state.connections
        }
        // The second time the descriptor may be another stub's.
        guard let open else { return }
        for connection in open { shutdown(connection, Int32(SHUT_RDWR)) }
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private func acceptLoop() {
        while true {
            let connection = accept(descriptor, nil, nil)
            if connection < 0 && errno == EINTR { continue }
            let isStopped = state.withLock { $0.isStopped }
            guard connection >= 0, !isStopped else {
                if connection >= 0 { close(connection) }
                break
            }
            let number = state.withLock { state in
                _ = state.connections.insert(connection)
                defer { state.acceptedCount += 1 }
                return state.acceptedCount
            }
            Thread.detachNewThread { [self] in
                switch onAccept(number) {
                case .none: serve(connection)
                case .reset(let count):
                    if count > 0 { _ = Loopback.receive(connection, atMost: count) }
                    Loopback.resetOnClose(connection)
                }
                state.withLock { _ = $0.connections.remove(connection) }
                close(connection)
            }
        }
        close(descriptor)
    }

    private func serve(_ connection: Int32) {
        var reader = StubReader(connection: connection)
        var count = 0
        while var request = reader.next() {
            request.precedingCount = count
            count += 1
            state.withLock { $0.requests.append(request) }
            switch answer(request) {
            case .status(let code, let headers, let body):
                var head = "HTTP/1.1 \(code) Stub\r\nContent-Length: \(body.count)\r\n"
                for (name, value) in headers { head += "\(name): \(value)\r\n" }
                let bytes = Array((head + "\r\n").utf8) + (request.method == "HEAD" ? [] : body)
                guard Loopback.send(connection, bytes) else { return }
            case .raw(let bytes):
                Loopback.send(connection, bytes)
                return
            case .reset(let bytes):
                Loopback.send(connection, bytes)
                Loopback.resetOnClose(connection)
                return
            case .hangUp:
                return
            case .silence:
                while !Loopback.receive(connection).isEmpty {}
                return
            }
        }
    }
}

/// Reads well-formed requests off a socket. Not a strict parser: the programs under test are the senders here.
private struct StubReader {
    let connection: Int32
    var buffer: [UInt8] = []

    init(connection: Int32) { self.connection = connection }

    mutating func next() -> StubRequest? {
        guard let headEnd = find([13, 10, 13, 10]) else { return nil }
        let head = String(decoding: buffer[..<headEnd], as: UTF8.self).components(separatedBy: "\r\n")
        buffer.removeFirst(headEnd + 4)
        let first = head[0].split(separator: " ", maxSplits: 2).map(String.init)
        guard first.count == 3 else { return nil }
        let headers = head.dropFirst().map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            let value = line[colon...].dropFirst().trimmingCharacters(in: .whitespaces)
            return (name: String(line[..<colon]), value: value)
        }
        var request = StubRequest(method: first[0], target: first[1], headers: headers, body: [])
        if request.header("Expect")?.lowercased() == "100-continue" {
            Loopback.send(connection, Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
        }
        if request.header("Transfer-Encoding") != nil {
            guard let body = chunkedBody() else { return nil }
            request.body = body
        } else if let length = request.header("Content-Length").flatMap(Int.init) {
            guard let body = take(length) else { return nil }
            request.body = body
        }
        return request
    }

    private mutating func chunkedBody() -> [UInt8]? {
        var body: [UInt8] = []
        while let lineEnd = find([13, 10]) {
            let line = String(decoding: buffer[..<lineEnd], as: UTF8.self)
            buffer.removeFirst(lineEnd + 2)
            guard let size = Int(line.prefix { $0.isHexDigit }, radix: 16) else { return nil }
            guard let chunk = take(size), take(2) != nil else { return nil }
            if size == 0 { return body }
            body += chunk
        }
        return nil
    }

    private mutating func take(_ count: Int) -> [UInt8]? {
        while buffer.count < count { guard fill() else { return nil } }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }

    private mutating func find(_ pattern: [UInt8]) -> Int? {
        var from = 0
        while true {
            var index = from
            while index + pattern.count <= buffer.count {
                if Array(buffer[index..<index + pattern.count]) == pattern { return index }
                index += 1
            }
            from = max(0, buffer.count - pattern.count)
            guard fill() else { return nil }
        }
    }

    private mutating func fill() -> Bool {
        let part = Loopback.receive(connection)
        buffer += part
        return !part.isEmpty
    }
}
