import Foundation

/// A response as a client sees it.
struct Reply: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: [UInt8]
    /// False when the connection ended before the body's announced end.
    var isComplete: Bool
    /// Lines behind the last chunk.
    var trailers: [String] = []
    /// The statuses of interim responses before it.
    var interim: [Int] = []

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The first value of a header, by case-insensitive name.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body))
    }

    /// The contract's error body, or nil when it isn't exactly that.
    var failure: FailureBody? { try? decode(FailureBody.self) }
}

/// `{"code":"…","message":"…","request_id":"…"}`
struct FailureBody: Decodable, Sendable {
    var code: String
    var message: String
    var requestID: String

    private enum CodingKeys: String, CodingKey {
        case code
        case message
        case requestID = "request_id"
    }
}

/// Cuts a byte stream into responses; knows Content-Length, chunks and "until the end".
struct ReplyParser {
    private(set) var buffer: [UInt8] = []
    private var interim: [Int] = []

    mutating func append(_ bytes: [UInt8]) { buffer += bytes }

    /// At most so many bytes off the front.
    mutating func take(_ count: Int) -> [UInt8] {
        let taken = Array(buffer.prefix(count))
        buffer.removeFirst(taken.count)
        return taken
    }

    /// The next response's head alone, once it has come.
    mutating func nextHead() -> Reply? {
        guard let end = buffer.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        defer { buffer.removeFirst(end.upperBound) }
        return Self.head(buffer[..<end.lowerBound])
    }

    /// The next whole final response; interim ones are only noted, but a switch of protocols is final. At the end of
    /// the stream also a cut one.
    mutating func next(method: String = "GET", atEnd: Bool = false) -> Reply? {
        while let headEnd = buffer.firstRange(of: Array("\r\n\r\n".utf8)) {
            guard var reply = Self.head(buffer[..<headEnd.lowerBound]) else { return nil }
            if (100..<200).contains(reply.status), reply.status != 101 {
                interim.append(reply.status)
                buffer.removeFirst(headEnd.upperBound)
                continue
            }
            guard let used = readBody(of: &reply, from: headEnd.upperBound, method: method, atEnd: atEnd) else {
                return nil
            }
            buffer.removeFirst(used)
            reply.interim = interim
            interim = []
            return reply
        }
        return nil
    }

    private static func head(_ bytes: ArraySlice<UInt8>) -> Reply? {
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        let first = lines[0].split(separator: " ", maxSplits: 2)
        guard first.count >= 2, first[0].hasPrefix("HTTP/1."), let status = Int(first[1]) else { return nil }
        let headers = lines.dropFirst().map { line -> (name: String, value: String) in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return (String(line[..<colon]), line[colon...].dropFirst().trimmingCharacters(in: .whitespaces))
        }
        return Reply(status: status, headers: headers, body: [], isComplete: true)
    }

    /// - Returns: The bytes that the response takes, or nil while some are missing.
    private func readBody(of reply: inout Reply, from start: Int, method: String, atEnd: Bool) -> Int? {
        if method == "HEAD" || [101, 204, 304].contains(reply.status) { return start }
        if reply.header("Transfer-Encoding")?.lowercased() == "chunked" {
            return readChunks(of: &reply, from: start, atEnd: atEnd)
        }
        guard let length = reply.header("Content-Length").flatMap(Int.init) else {
            reply.body = Array(buffer[start...])
            return atEnd ? buffer.count : nil
        }
        let available = min(length, buffer.count - start)
        reply.body = Array(buffer[start..<start + available])
        reply.isComplete = available == length
        return reply.isComplete || atEnd ? start + available : nil
    }

    private func readChunks(of reply: inout Reply, from start: Int, atEnd: Bool) -> Int? {
        var position = start
        while let line = buffer[position...].firstRange(of: Array("\r\n".utf8)) {
            let digits = String(decoding: buffer[position..<line.lowerBound].prefix { $0 != 59 }, as: UTF8.self)
            guard let size = Int(digits, radix: 16), size >= 0 else { break }
            position = line.upperBound
            if size == 0 {
                guard let end = buffer[(position - 2)...].firstRange(of: Array("\r\n\r\n".utf8)) else { break }
                let lines = String(decoding: buffer[position..<end.upperBound], as: UTF8.self)
                reply.trailers = lines.components(separatedBy: "\r\n").filter { !$0.isEmpty }
                return end.upperBound
            }
            guard buffer.count - position >= size + 2 else { break }
            reply.body += buffer[position..<position + size]
            position += size + 2
        }
        reply.isComplete = false
        return atEnd ? buffer.count : nil
    }
}
