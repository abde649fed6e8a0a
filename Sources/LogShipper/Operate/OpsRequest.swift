/// A GET or HEAD request of the ops listener, strictly read: anything unusual is an error, never a guess.
struct OpsRequest: Equatable {
    var path: String
    /// After `?`, nil without one.
    var query: String?
    var isHead: Bool
    /// HTTP/1.0: no chunks.
    var isOld = false
    var accept: String?
    var acceptEncoding: String?
    var scrapeTimeout: String?
    var keepsAlive: Bool
    /// The client is on this machine.
    var isLocal = false

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
        let target = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var request = OpsRequest(
            path: String(target[0]), query: target.count > 1 ? String(target[1]) : nil, isHead: words[0] == "HEAD",
            isOld: words[2] == "HTTP/1.0", keepsAlive: words[2] == "HTTP/1.1")
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
            case "accept-encoding": acceptEncoding = acceptEncoding.map { "\($0), \(value)" } ?? String(value)
            case "x-prometheus-scrape-timeout-seconds": scrapeTimeout = String(value)
            case "connection": if value.lowercased().contains("close") { keepsAlive = false }
            // A body has no meaning here, and guessing its length is how requests are smuggled.
            case "transfer-encoding": return false
            case "content-length": if value != "0" { return false }
            default: break
            }
        }
        return hosts == 1 || (hosts == 0 && !needsHost)
    }

    /// Where the head that these bytes start with ends; nil while it does not.
    static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 3..<bytes.count
        where bytes[index] == 0x0a && bytes[index - 1] == 0x0d && bytes[index - 2] == 0x0a && bytes[index - 3] == 0x0d {
            return index + 1
        }
        return nil
    }
}
