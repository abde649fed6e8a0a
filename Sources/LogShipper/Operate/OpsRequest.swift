/// A GET or HEAD request of the ops listener, strictly read: anything unusual is an error, never a guess.
struct OpsRequest: Equatable {
    var path: String
    var isHead: Bool
    var accept: String?
    var keepsAlive: Bool

    enum Outcome: Equatable {
        case incomplete
        case request(OpsRequest, headBytes: Int)
        case refused(status: Int)
    }

    static let maxHeadBytes = 8192

    /// Reads a head from the start of the bytes received so far.
    static func parse(_ bytes: [UInt8]) -> Outcome {
        guard let end = headEnd(bytes) else {
            return bytes.count >= maxHeadBytes ? .refused(status: 431) : .incomplete
        }
        guard end <= maxHeadBytes else { return .refused(status: 431) }
        let head = bytes[..<(end - 4)]
        guard head.allSatisfy({ (0x20...0x7e).contains($0) || $0 == 0x0d || $0 == 0x0a || $0 == 0x09 || $0 >= 0x80 })
        else { return .refused(status: 400) }
        var lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)[
            ...]
        guard !lines.contains(where: { $0.unicodeScalars.contains { $0 == "\n" || $0 == "\r" } }) else {
            return .refused(status: 400)
        }
        let words = lines.removeFirst().split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0", words[1].hasPrefix("/") else {
            return .refused(status: 400)
        }
        guard words[0] == "GET" || words[0] == "HEAD" else { return .refused(status: 405) }
        var request = OpsRequest(
            path: String(words[1].prefix { $0 != "?" }), isHead: words[0] == "HEAD", accept: nil,
            keepsAlive: words[2] == "HTTP/1.1")
        guard request.read(lines, needsHost: words[2] == "HTTP/1.1") else { return .refused(status: 400) }
        return .request(request, headBytes: end)
    }

    private mutating func read(_ lines: ArraySlice<Substring>, needsHost: Bool) -> Bool {
        var hosts = 0
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return false }
            let name = line[..<colon].lowercased()
            guard !name.contains(where: { $0 == " " || $0 == "\t" }) else { return false }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            switch name {
            case "host": hosts += 1
            case "accept": accept = accept.map { "\($0), \(value)" } ?? String(value)
            case "connection": if value.lowercased().contains("close") { keepsAlive = false }
            // A body has no meaning here, and guessing its length is how requests are smuggled.
            case "transfer-encoding": return false
            case "content-length": if value != "0" { return false }
            default: break
            }
        }
        return hosts == 1 || (hosts == 0 && !needsHost)
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 3..<bytes.count
        where bytes[index] == 0x0a && bytes[index - 1] == 0x0d && bytes[index - 2] == 0x0a && bytes[index - 3] == 0x0d {
            return index + 1
        }
        return nil
    }
}

/// What the ops listener answers.
struct OpsResponse: Sendable {
    var status: Int
    var contentType: String
    var body: [UInt8]

    init(status: Int, contentType: String = "text/plain; charset=utf-8", body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    func encoded(isHead: Bool, keepsAlive: Bool) -> [UInt8] {
        let reason =
            switch status {
            case 200: "OK"
            case 400: "Bad Request"
            case 404: "Not Found"
            case 405: "Method Not Allowed"
            case 431: "Request Header Fields Too Large"
            default: "Service Unavailable"
            }
        var head = "HTTP/1.1 \(status) \(reason)\r\nContent-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n"
        if status == 405 { head += "Allow: GET, HEAD\r\n" }
        head += keepsAlive ? "\r\n" : "Connection: close\r\n\r\n"
        return Array(head.utf8) + (isHead ? [] : body)
    }
}
