import Foundation
import TestSupport

/// One HTTP/1.1 connection to a server on loopback, used for one request after the other.
final class KeepAliveConnection {
    private let descriptor: Int32
    private let port: Int
    private var buffer: [UInt8] = []
    private var place = 0

    init(port: Int) throws {
        self.port = port
        descriptor = try Loopback.connect(port: port, timeoutSeconds: 60)
    }

    deinit { close(descriptor) }

    /// Sends a POST request and waits for the whole answer.
    func post(_ path: String, _ body: [UInt8], headers: [String]) throws -> (status: Int, body: [UInt8]) {
        let head = ["POST \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Content-Length: \(body.count)"] + headers
        guard Loopback.send(descriptor, Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body) else {
            throw Absent(what: "the server hung up")
        }
        let status = Int(try line().split(separator: " ").dropFirst().first ?? "") ?? 0
        var length: Int?
        while case let header = try line().lowercased(), !header.isEmpty {
            if header.hasPrefix("content-length:") { length = Int(header.dropFirst(15).drop { $0 == " " }) }
        }
        if status == 204 { return (status, []) }
        if let length { return (status, try take(length)) }
        var answer: [UInt8] = []
        while let size = Int(try line(), radix: 16) {
            answer += try take(size)
            _ = try line()
            if size == 0 { break }
        }
        return (status, answer)
    }

    private func fill() throws {
        if place > 1 << 20 {
            buffer.removeFirst(place)
            place = 0
        }
        let more = Loopback.receive(descriptor, atMost: 1 << 18)
        if more.isEmpty { throw Absent(what: "the server hung up or answered too late") }
        buffer += more
    }

    private func line() throws -> String {
        var end = place
        while true {
            while end < buffer.count, buffer[end] != 10 { end += 1 }
            if end < buffer.count { break }
            let read = end - place
            try fill()
            end = place + read
        }
        defer { place = end + 1 }
        return String(decoding: buffer[place..<max(place, end - 1)], as: UTF8.self)
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while buffer.count - place < count { try fill() }
        defer { place += count }
        return Array(buffer[place..<(place + count)])
    }
}
