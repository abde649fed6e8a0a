import Foundation
import TestSupport

/// A response as it came over the wire.
struct RawResponse {
    var status: Int
    var fields: [String]
    var body: [UInt8]
    /// The body ended as its framing says.
    var isComplete: Bool

    var text: String { String(decoding: body, as: UTF8.self) }

    func field(_ name: String) -> String? {
        let line = fields.first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
        return line.map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }
}

/// A client that decides about every byte; blocking, with a time limit.
final class RawClient {
    let descriptor: Int32
    private var buffer: [UInt8] = []
    private(set) var trailer = ""

    init(port: Int) throws { descriptor = try Loopback.connect(port: port, timeoutSeconds: 15) }

    deinit { Glibc.close(descriptor) }

    func send(_ text: String) { Loopback.send(descriptor, Array(text.utf8)) }

    func send(_ bytes: [UInt8]) -> Bool { Loopback.send(descriptor, bytes) }

    /// The next response, skipping interim ones; nil when the connection ends before its head.
    func response(toHead: Bool = false) -> RawResponse? {
        guard let head = takeHead() else { return nil }
        let lines = head.components("\r\n")
        let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        if status < 200 { return response(toHead: toHead) }
        var response = RawResponse(status: status, fields: Array(lines.dropFirst()), body: [], isComplete: true)
        if toHead || status == 204 || status == 304 { return response }
        if let length = response.field("Content-Length").flatMap({ Int($0) }) {
            while buffer.count < length, fill() {}
            response.isComplete = buffer.count >= length
            response.body = take(length)
        } else if response.field("Transfer-Encoding") == "chunked" {
            (response.body, response.isComplete) = takeChunks()
        } else {
            while fill() {}
            response.body = take(buffer.count)
        }
        return response
    }

    /// One head, interim or final, without its empty line.
    func takeHead() -> String? {
        while true {
            if let end = find([13, 10, 13, 10]) {
                let head = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeFirst(end + 4)
                return head
            }
            guard fill() else { return nil }
        }
    }

    /// Whether the other side ends the connection, throwing away what it sends before.
    func isClosed() -> Bool {
        buffer = []
        while fill() { buffer = [] }
        return errno != EAGAIN
    }

    private func takeChunks() -> ([UInt8], Bool) {
        var body: [UInt8] = []
        while let line = takeLine() {
            guard let size = Int(line, radix: 16) else { return (body, false) }
            if size == 0 { return (body, takeTrailer()) }
            while buffer.count < size + 2, fill() {}
            guard buffer.count >= size + 2 else { return (body + take(buffer.count), false) }
            body += take(size)
            _ = take(2)
        }
        return (body, false)
    }

    private func takeTrailer() -> Bool {
        while let line = takeLine() {
            if line.isEmpty { return true }
            trailer += line
        }
        return false
    }

    private func takeLine() -> String? {
        while true {
            if let end = find([13, 10]) {
                let line = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeFirst(end + 2)
                return line
            }
            guard fill() else { return nil }
        }
    }

    private func find(_ pattern: [UInt8]) -> Int? {
        guard buffer.count >= pattern.count else { return nil }
        return (0...(buffer.count - pattern.count)).first {
            buffer[$0] == 13 && buffer[$0..<$0 + pattern.count] == pattern[...]
        }
    }

    private func take(_ count: Int) -> [UInt8] {
        let taken = Array(buffer.prefix(count))
        buffer.removeFirst(taken.count)
        return taken
    }

    private func fill() -> Bool {
        errno = 0
        let bytes = Loopback.receive(descriptor)
        buffer += bytes
        return !bytes.isEmpty
    }
}
