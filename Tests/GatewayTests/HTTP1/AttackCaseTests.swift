import Testing

@testable import Gateway

/// One row of the attack table: bytes and the status they must be refused with, nil when they must pass.
struct AttackCase: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let status: Int?

    init(_ name: String, _ text: String, _ status: Int?) {
        self.init(name, Array(text.utf8), status)
    }

    init(_ name: String, _ bytes: [UInt8], _ status: Int?) {
        testDescription = name
        self.bytes = bytes
        self.status = status
    }

    /// A POST with these lines between Host and the empty line.
    static func post(_ name: String, _ lines: String, _ status: Int?, body: String = "hello") -> AttackCase {
        AttackCase(name, "POST /a HTTP/1.1\r\nHost: h\r\n\(lines)\r\n\r\n\(body)", status)
    }

    /// A chunked body.
    static func chunked(_ name: String, _ body: String, _ status: Int?) -> AttackCase {
        AttackCase(name, "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\(body)", status)
    }

    /// A GET with one more line.
    static func line(_ name: String, _ line: String, _ status: Int?) -> AttackCase {
        AttackCase(name, "GET /a HTTP/1.1\r\nHost: h\r\n\(line)\r\n\r\n", status)
    }

    /// A request line with a Host.
    static func start(_ name: String, _ line: String, _ status: Int?) -> AttackCase {
        AttackCase(name, "\(line)\r\nHost: h\r\n\r\n", status)
    }
}

@Suite struct AttackCaseTests {
    static let framing: [AttackCase] = [
        .post("1 length and coding", "Content-Length: 5\r\nTransfer-Encoding: chunked", 400),
        .post("2 coding before length", "Transfer-Encoding: chunked\r\nContent-Length: 5", 400),
        .post("3 two lengths", "Content-Length: 5\r\nContent-Length: 6", 400),
        .post("4 two equal lengths", "Content-Length: 5\r\nContent-Length: 5", 400),
        .post("5 list of lengths", "Content-Length: 5,5", 400),
        .post("6 plus", "Content-Length: +5", 400),
        .post("7 minus", "Content-Length: -1", 400),
        .post("8 hexadecimal", "Content-Length: 0x5", 400),
        .post("9 empty length", "Content-Length:", 400),
        .post("10 2^64", "Content-Length: 18446744073709551616", 400),
        .post("11 space before the colon", "Content-Length : 5", 400),
        .post("12 space before the colon of the coding", "Transfer-Encoding : chunked", 400),
        .post("13 xchunked", "Transfer-Encoding: xchunked", 400),
        .post("14 chunked, identity", "Transfer-Encoding: chunked, identity", 400),
        .post("15 two codings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400),
        .post("16 empty element", "Transfer-Encoding: ,chunked", 400),
        .post("17 vertical tab", "Transfer-Encoding: \u{B}chunked", 400),
        AttackCase("18 coding in 1.0", "POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        .line("19 underscore", "Transfer_Encoding: chunked", nil),
        .post("upper-case coding", "transfer-ENCODING: CHUNKED", nil, body: "5\r\nhello\r\n0\r\n\r\n"),
        .post("leading zeros", "Content-Length: 0005", nil),
    ]

    static let chunks: [AttackCase] = [
        .chunked("20 underscore in the size", "0_5\r\nhello\r\n0\r\n\r\n", 400),
        .chunked("20 plus", "+5\r\nhello\r\n0\r\n\r\n", 400),
        .chunked("20 0x", "0x5\r\nhello\r\n0\r\n\r\n", 400),
        .chunked("21 17 digits", "00000000000000005\r\nhello\r\n0\r\n\r\n", 400),
        .chunked("21 beyond Int", "FFFFFFFFFFFFFFFF\r\n", 400),
        .chunked("22 bare LF after the size", "5\nhello\r\n0\r\n\r\n", 400),
        .chunked("23 data longer than its size", "5\r\nhelloworld\r\n0\r\n\r\n", 400),
        .chunked("25 20 KiB extension", "5;\(String(repeating: "a", count: 20_480))\r\nhello\r\n0\r\n\r\n", 400),
        .chunked("26 bare CR in an extension", "5;a=b\rc\r\nhello\r\n0\r\n\r\n", 400),
        .chunked("29 Content-Length as trailer", "5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n", 400),
        .chunked("30 too many trailers", "0\r\nA: \(String(repeating: "a", count: 100_000))\r\n\r\n", 431),
        .chunked("28 a tenant as trailer", "5\r\nhello\r\n0\r\nX-Tenant-Id: evil\r\n\r\n", nil),
        .chunked("extensions", "5;a;b=c;d=\"e\\\"f\"\r\nhello\r\n0\r\n\r\n", nil),
        .chunked("space after the size", "5 \r\nhello\r\n0\r\n\r\n", 400),
        .chunked("no size", "\r\nhello\r\n0\r\n\r\n", 400),
        .chunked("folded trailer", "0\r\nA: b\r\n c\r\n\r\n", 400),
    ]

    static let headers: [AttackCase] = [
        .line("31 folded line", "A: b\r\n c", 400),
        AttackCase("32 bare LF", "GET /a HTTP/1.1\nHost: h\n\n", 400),
        .line("32 bare LF in a field", "A: b\nB: c", 400),
        .line("33 bare CR", "A: b\rc", 400),
        .line("34 NUL", "A: b\0c", 400),
        .line("35 NUL in a name", "A\0b: c", 400),
        .line("35 space in a name", "A b: c", 400),
        AttackCase(
            "35 0x80 in a name", Array("GET /a HTTP/1.1\r\nHost: h\r\nA".utf8) + [0x80] + Array(": b\r\n\r\n".utf8), 400
        ),
        .line("36 empty name", ": b", 400),
        AttackCase("37 space before the first field", "GET /a HTTP/1.1\r\n Host: h\r\n\r\n", 400),
        .line("38 no colon", "Abc", 400),
        .line(
            "39 17 KiB of fields",
            (0..<4).map { "A\($0): " + String(repeating: "b", count: 4_400) }.joined(separator: "\r\n"), 431),
        .line("39 a field of 9 KiB", "A: " + String(repeating: "b", count: 9_216), 431),
        .line("40 101 fields", (0..<101).map { "A\($0): b" }.joined(separator: "\r\n"), 431),
        .start("41 9 KiB of target", "GET /" + String(repeating: "a", count: 9_216) + " HTTP/1.1", 414),
        AttackCase("44 no Host", "GET /a HTTP/1.1\r\n\r\n", 400),
        .line("45 two Hosts", "Host: h", 400),
        AttackCase("46 space in Host", "GET /a HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        AttackCase("46 comma in Host", "GET /a HTTP/1.1\r\nHost: a,b\r\n\r\n", 400),
        AttackCase("empty Host", "GET /a HTTP/1.1\r\nHost:\r\n\r\n", 400),
        AttackCase("Host with user", "GET /a HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
        AttackCase("Host with a port beyond 65535", "GET /a HTTP/1.1\r\nHost: a:65536\r\n\r\n", 400),
        AttackCase("Host as IPv6", "GET /a HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", nil),
        .line("91 another expectation", "Expect: x", 417),
        .line("two content types", "Content-Type: a\r\nContent-Type: b", 400),
    ]

    static let starts: [AttackCase] = [
        .start("47 absolute form", "GET http://other/a HTTP/1.1", nil),
        .start("absolute form with user", "GET http://u:p@other/a HTTP/1.1", 400),
        .start("another scheme", "GET ftp://other/a HTTP/1.1", 400),
        .start("49 authority form", "GET h:80 HTTP/1.1", 400),
        .start("50 CONNECT", "CONNECT h:80 HTTP/1.1", 405),
        .start("51 OPTIONS *", "OPTIONS * HTTP/1.1", nil),
        .start("GET *", "GET * HTTP/1.1", 400),
        .start("52 no slash", "GET foo HTTP/1.1", 400),
        .start("53 fragment", "GET /a#b HTTP/1.1", 400),
        AttackCase("54 HTTP/1.0", "GET /a HTTP/1.0\r\n\r\n", nil),
        .start("55 HTTP/1.2", "GET /a HTTP/1.2", 505),
        .start("56 HTTP/2.0", "GET /a HTTP/2.0", 505),
        AttackCase("57 HTTP/0.9", "GET /a\r\n", 400),
        .start("two spaces", "GET  /a HTTP/1.1", 400),
        .start("tab", "GET\t/a HTTP/1.1", 400),
        .start("space at the end", "GET /a HTTP/1.1 ", 400),
        .start("no method", " /a HTTP/1.1", 400),
        .start("another protocol", "GET /a ICE/1.0", 400),
        .start("long version", "GET /a HTTP/1.10", 400),
        AttackCase(
            "0x80 in the target", Array("GET /".utf8) + [0x80] + Array(" HTTP/1.1\r\nHost: h\r\n\r\n".utf8), 400),
        AttackCase("TLS", [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3], 400),
        .start("long method", String(repeating: "A", count: 33) + " /a HTTP/1.1", 400),
        AttackCase("two empty lines first", "\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        AttackCase("an empty line first", "\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n", nil),
    ]

    @Test(arguments: framing + chunks + headers + starts)
    func `a message is judged alike whole and split`(attack: AttackCase) {
        let whole = RequestReader.read([attack.bytes])
        #expect(whole.error?.code.status == attack.status)
        if attack.status == nil { #expect(whole.requests.count == 1) }
        if let error = whole.error {
            #expect(error.source == .downstream)
            #expect(error.reason != .none)
        }
        let splits = attack.bytes.count < 1_000 ? attack.bytes.splits : [attack.bytes.chunked(7)]
        for pieces in splits {
            let reader = RequestReader.read(pieces)
            #expect(reader.error == whole.error)
            #expect(reader.requests == whole.requests)
        }
    }

    @Test func `24 a body without its last line end waits`() {
        let reader = RequestReader.read([
            Array("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n".utf8)
        ])
        #expect(reader.error == nil)
        #expect(reader.requests.isEmpty)
        #expect(reader.isInside)
    }

    @Test func `27 many small chunks are one body`() {
        var bytes = Array("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        for _ in 0..<20_000 { bytes += Array("1\r\na\r\n".utf8) }
        bytes += Array("0\r\n\r\n".utf8)
        let reader = RequestReader.read([bytes])
        #expect(reader.requests.first?.body.count == 20_000)
    }

    @Test func `extensions of many chunks are bounded together`() {
        var bytes = Array("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        let note = String(repeating: "a", count: 900)
        for _ in 0..<30 { bytes += Array("1;\(note)\r\na\r\n".utf8) }
        #expect(RequestReader.read([bytes]).error?.code == .badRequest)
    }

    @Test func `88 pipelined requests come out in order`() {
        let bytes = (0..<20).flatMap { Array("GET /\($0) HTTP/1.1\r\nHost: h\r\n\r\n".utf8) }
        let whole = RequestReader.read([bytes])
        #expect(whole.requests.map(\.target) == (0..<20).map { "/\($0)" })
        #expect(RequestReader.read(bytes.map { [$0] }).requests == whole.requests)
    }

    @Test func `89 what precedes a malformed request is read`() {
        let bytes = Array("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost : h\r\n\r\n".utf8)
        let reader = RequestReader.read([bytes])
        #expect(reader.requests.map(\.target) == ["/1"])
        #expect(reader.error?.code == .badRequest)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", true),
        ("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, CLOSE\r\n\r\n", false),
        ("GET / HTTP/1.0\r\nHost: h\r\n\r\n", false),
        ("GET / HTTP/1.0\r\nHost: h\r\nConnection: Keep-Alive\r\n\r\n", true),
    ])
    func `a connection is kept as version and Connection say`(text: String, keepAlive: Bool) {
        #expect(RequestReader.read([Array(text.utf8)]).requests.first?.keepAlive == keepAlive)
    }
}
