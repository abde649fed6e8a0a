import GatewayMetrics

/// What the ops listener answers.
enum OpsAnswer: Sendable {
    /// Everything is there.
    case whole(OpsResponse)
    /// A page of metrics, sent as it is made.
    case scrape(ScrapeReader)
    /// The headers of such a page.
    case scrapeHead(ScrapePlan)
    /// What leaves, as long as the client likes.
    case tap(TapStream)
}

/// A complete answer.
struct OpsResponse: Sendable {
    var status: Int
    var contentType: String
    var body: [UInt8]

    init(status: Int, contentType: String = "text/plain; charset=utf-8", body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// The answer when there will be no page.
    static func refusal(_ error: any Error) -> OpsResponse {
        OpsResponse(status: 503, body: Array("no metrics now: \(error)\n".utf8))
    }

    func encoded(isHead: Bool, keepsAlive: Bool) -> [UInt8] {
        let reason =
            switch status {
            case 200: "OK"
            case 400: "Bad Request"
            case 403: "Forbidden"
            case 404: "Not Found"
            case 405: "Method Not Allowed"
            case 431: "Request Header Fields Too Large"
            default: "Service Unavailable"
            }
        var head = "HTTP/1.1 \(status) \(reason)\r\nContent-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n"
        if status == 405 { head += "Allow: GET, HEAD\r\n" }
        if status == 503 { head += "Retry-After: 1\r\n" }
        head += "Cache-Control: no-store\r\n"
        head += keepsAlive ? "\r\n" : "Connection: close\r\n\r\n"
        return Array(head.utf8) + (isHead ? [] : body)
    }
}

/// The framing of a page that is sent as it is made.
struct ScrapeFraming {
    /// Else the end of the connection ends the body.
    var isChunked: Bool
    var keepsAlive: Bool

    func head(_ plan: ScrapePlan) -> [UInt8] {
        var head = "HTTP/1.1 200 OK\r\nContent-Type: \(plan.contentType)\r\n"
        if let coding = plan.contentEncoding { head += "Content-Encoding: \(coding)\r\n" }
        head += "Vary: \(plan.vary)\r\nCache-Control: no-store\r\n"
        if isChunked { head += "Transfer-Encoding: chunked\r\n" }
        head += keepsAlive ? "\r\n" : "Connection: close\r\n\r\n"
        return Array(head.utf8)
    }

    /// The head of a body of lines that ends when the client goes.
    func head(contentType: String) -> [UInt8] {
        var head = "HTTP/1.1 200 OK\r\nContent-Type: \(contentType)\r\nCache-Control: no-store\r\n"
        if isChunked { head += "Transfer-Encoding: chunked\r\n" }
        return Array((head + (keepsAlive ? "\r\n" : "Connection: close\r\n\r\n")).utf8)
    }

    func piece(_ bytes: [UInt8]) -> [UInt8] {
        guard isChunked else { return bytes }
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + 16)
        out += String(bytes.count, radix: 16).utf8
        out += "\r\n".utf8
        out += bytes
        out += "\r\n".utf8
        return out
    }

    var end: [UInt8] { isChunked ? Array("0\r\n\r\n".utf8) : [] }
}
