import TestSupport

/// Makes pipelines of requests at random, good ones and damaged ones.
///
/// The beginnings of targets stay whole, so that it can be told which pipeline a request came from, and the last request is
/// always good: it shows where the gateway thinks that the one before it ended.
struct PipelineMaker {
    private var random: SeededGenerator
    private static let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO", "get"]
    private static let special: [UInt8] = [
        0, 9, 10, 13, 32, 34, 35, 37, 44, 46, 47, 48, 53, 58, 59, 92, 95, 127, 128, 255,
    ]
    private static let fields = [
        "Accept: */*", "X-Tenant-Id: acme", "X-Tenant-Id: -", "x-tenant-id: acme", "Connection: close",
        "Connection: keep-alive", "Connection: X-A, te", "X-A: 1", "Cookie: a=b; c=\"d\"", "Content-Type: text/plain",
        "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Content-Length: 0", "Content-Length: 5",
        "Content-Length: +5", "Content_Length: 7", "Host: b:80", "Host: [::1]:80", "TE: trailers", "Trailer: X",
        "Expect: 100-continue", "X-Empty:", "X : y", " fold", "Keep-Alive: 5",
    ]

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// The bytes of a pipeline whose targets begin with `/api/v1/<cell>/<mark>`.
    mutating func pipeline(cell: String, mark: String) -> [UInt8] {
        var bytes: [UInt8] = []
        let count = random.int(0...4)
        for number in 0..<count {
            let start = "/api/v1/\(cell)/\(mark)/\(number)"
            var request = self.request(start)
            if random.oneIn(3) { damage(&request, sparing: Array(start.utf8)) }
            bytes += request
        }
        return bytes + Array("GET /api/v1/\(cell)/\(mark)/last HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    }

    private mutating func request(_ start: String) -> [UInt8] {
        let method = random.oneIn(8) ? pick(Self.methods) : pick(["GET", "POST", "PUT"])
        var head = "\(method) \(start)\(pick(["", "/", "?a=b", "/x%2Fy", "/a;b", "/..", "/%2e%2E/x", "/%41", "//x"]))"
        if !random.oneIn(3) { head = "\(method) \(start)" }
        head += random.oneIn(12) ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n"
        if !random.oneIn(30) { head += "Host: a\r\n" }
        for _ in 0..<random.int(0...3) where random.oneIn(2) { head += pick(Self.fields) + "\r\n" }
        let body = (0..<random.int(0...30)).map { _ in pick(Self.special + Array("hello".utf8)) }
        switch random.int(0...2) {
        case 0: return Array("\(head)\r\n".utf8)
        case 1: return Array("\(head)Content-Length: \(body.count)\r\n\r\n".utf8) + body
        default: return Array("\(head)Transfer-Encoding: chunked\r\n\r\n".utf8) + chunked(body)
        }
    }

    private mutating func chunked(_ body: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = body[...]
        while !rest.isEmpty {
            let part = rest.prefix(random.int(1...12))
            rest = rest.dropFirst(part.count)
            let more = random.oneIn(6) ? pick([";a", ";a=b", ";a=\"b\\\"c\"", ";", ";a b", " "]) : ""
            bytes += Array("\(String(part.count, radix: 16))\(more)\r\n".utf8) + part + [13, 10]
        }
        let trailers =
            random.oneIn(5) ? pick(["X: y\r\n", "X_Y: z\r\n", "Host: a\r\n", "Content-Length: 3\r\n", "bad\r\n"]) : ""
        return bytes + Array("\(pick(["0", "00", "0;x"]))\r\n\(trailers)\r\n".utf8)
    }

    private mutating func damage(_ bytes: inout [UInt8], sparing: [UInt8]) {
        for _ in 0..<random.int(1...3) {
            guard let spared = bytes.firstRange(of: sparing) else { return }
            let places = bytes.indices.filter { !spared.contains($0) }
            let place = pick(places)
            switch random.int(0...4) {
            case 0: bytes[place] = pick(Self.special)
            case 1: bytes.insert(pick(Self.special), at: place)
            case 2: bytes.remove(at: place)
            case 3: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            default:
                let end = min(bytes.count, place + random.int(1...12))
                let copied = spared.overlaps(place..<end) ? [] : Array(bytes[place..<end])
                bytes.insert(contentsOf: copied, at: place)
            }
        }
    }

    private mutating func pick<Element>(_ choices: [Element]) -> Element { choices[random.int(0...choices.count - 1)] }
}
