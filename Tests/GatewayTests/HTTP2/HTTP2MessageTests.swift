import Testing

@testable import Gateway

/// RFC 9113 section 8 and h2spec's 8.1.
struct HTTP2MessageTests {
    struct Sample: CustomTestStringConvertible, Sendable {
        var name: String
        var fields: [WireField]
        /// nil for a good one.
        var fault: HTTP2Fault?

        init(_ name: String, _ fields: [WireField], _ fault: HTTP2Fault?) {
            self.name = name
            self.fields = fields
            self.fault = fault
        }

        var testDescription: String { name }
    }

    private static func request(_ extra: [(String, String)]) -> [WireField] {
        WireField.get + extra.map { WireField($0.0, $0.1) }
    }

    private static func without(_ name: String, _ extra: [(String, String)] = []) -> [WireField] {
        WireField.get.filter { $0.name != Array(name.utf8) } + extra.map { WireField($0.0, $0.1) }
    }

    static let requests: [Sample] = [
        Sample("a plain request", WireField.get, nil),
        Sample("te: trailers", request([("te", "trailers")]), nil),
        Sample("bytes above 127 in a value", request([("x", "\u{E9}")]), nil),
        Sample("an empty value", request([("x", "")]), nil),
        Sample("a tab within a value", request([("x", "a\tb")]), nil),
        Sample("host equal to :authority", request([("host", "EXAMPLE.com")]), nil),
        Sample("host without :authority", without(":authority", [("host", "example.com")]), nil),
        Sample("8.3.1 no authority at all", without(":authority"), nil),
        Sample(
            "OPTIONS *",
            [WireField(":method", "OPTIONS"), WireField(":scheme", "https"), WireField(":path", "*")], nil),
        Sample("CONNECT", [WireField(":method", "CONNECT"), WireField(":authority", "a.example:443")], nil),
        Sample("8.1.2 upper-case name", request([("X-Test", "1")]), .fieldName),
        Sample("8.2.1 empty name", request([("", "1")]), .fieldName),
        Sample("8.2.1 space in a name", request([("x y", "1")]), .fieldName),
        Sample("8.2.1 colon in a name", request([("x:y", "1")]), .fieldName),
        Sample("8.2.1 DEL in a name", request([("x\u{7F}", "1")]), .fieldName),
        Sample("8.2.1 CR in a value", request([("x-tenant-id", "t\r\nX-Admin: 1")]), .fieldValue),
        Sample("8.2.1 LF in a value", request([("x", "a\nb")]), .fieldValue),
        Sample("8.2.1 NUL in a value", request([("x", "a\0b")]), .fieldValue),
        Sample("8.2.1 leading space", request([("x", " a")]), .fieldValue),
        Sample("8.2.1 trailing tab", request([("x", "a\t")]), .fieldValue),
        Sample("8.2.1 a value of one space", request([("x", " ")]), .fieldValue),
        Sample("8.1.2.1 unknown pseudo-header", WireField.get + [WireField(":test", "ok")], .pseudoUnknown),
        Sample("8.1.2.1 response's pseudo-header", WireField.get + [WireField(":status", "200")], .pseudoUnknown),
        Sample("8441 :protocol is off", WireField.get + [WireField(":protocol", "websocket")], .pseudoUnknown),
        Sample("8.1.2.1 pseudo-header behind a field", [WireField("x", "1")] + WireField.get, .pseudoAfterField),
        Sample(
            "8.1.2.1 pseudo-header behind fields", without(":path", [("x", "1"), (":path", "/")]), .pseudoAfterField),
        Sample("8.1.2.2 connection", request([("connection", "keep-alive")]), .connectionField),
        Sample("8.1.2.2 keep-alive", request([("keep-alive", "1")]), .connectionField),
        Sample("8.1.2.2 proxy-connection", request([("proxy-connection", "1")]), .connectionField),
        Sample("8.1.2.2 transfer-encoding", request([("transfer-encoding", "chunked")]), .connectionField),
        Sample("8.1.2.2 upgrade", request([("upgrade", "h2c")]), .connectionField),
        Sample("8.1.2.2 te", request([("te", "trailers, deflate")]), .teValue),
        Sample("8.1.2.3 empty :path", without(":path") + [WireField(":path", "")], .pseudoMissing),
        Sample("8.1.2.3 no :method", without(":method"), .pseudoMissing),
        Sample("8.1.2.3 no :scheme", without(":scheme"), .pseudoMissing),
        Sample("8.1.2.3 no :path", without(":path"), .pseudoMissing),
        Sample("8.1.2.3 :method twice", WireField.get + [WireField(":method", "GET")], .pseudoRepeated),
        Sample("8.1.2.3 :scheme twice", WireField.get + [WireField(":scheme", "https")], .pseudoRepeated),
        Sample("8.1.2.3 :path twice", WireField.get + [WireField(":path", "/")], .pseudoRepeated),
        Sample("8.3.1 :authority twice", WireField.get + [WireField(":authority", "a")], .pseudoRepeated),
        Sample("8.3.1 malformed :method", without(":method") + [WireField(":method", "G T")], .method),
        Sample("8.3.1 malformed :scheme", without(":scheme") + [WireField(":scheme", "ht tp")], .scheme),
        Sample("8.3.1 relative :path", without(":path") + [WireField(":path", "foo")], .path),
        Sample("8.3.1 * without OPTIONS", without(":path") + [WireField(":path", "*")], .path),
        Sample("8.3.1 space in :path", without(":path") + [WireField(":path", "/a b")], .path),
        Sample("8.3.1 CR LF in :path", without(":path") + [WireField(":path", "/ HTTP/1.1\r\nX: 1")], .path),
        Sample("8.3.1 empty :authority", without(":authority") + [WireField(":authority", "")], .authority),
        Sample("8.3.1 user in :authority", without(":authority") + [WireField(":authority", "u@h")], .authority),
        Sample("8.3.1 slash in :authority", without(":authority") + [WireField(":authority", "h/p")], .authority),
        Sample("8.3.1 host differs", request([("host", "evil.example")]), .authority),
        Sample("8.3.1 two hosts", without(":authority", [("host", "a"), ("host", "a")]), .authority),
        Sample("8.3.1 list as host", without(":authority", [("host", "a,b")]), .authority),
        Sample("8.5 CONNECT with :path", without(":method") + [WireField(":method", "CONNECT")], .connectForm),
        Sample("8.5 CONNECT without :authority", [WireField(":method", "CONNECT")], .connectForm),
        Sample("8.1.1 content-length of a sign", request([("content-length", "+1")]), .contentLength),
        Sample("8.1.1 content-length empty", request([("content-length", "")]), .contentLength),
        Sample("8.1.1 content-length of 2^64", request([("content-length", "18446744073709551616")]), .contentLength),
        Sample(
            "8.1.1 content-length twice", request([("content-length", "0"), ("content-length", "0")]), .contentLength),
        Sample("8.1.1 content-length without DATA", request([("content-length", "1")]), .bodyLength),
        Sample("no fields at all", [], .pseudoMissing),
    ]

    @Test("A request is taken or malformed as RFC 9113 section 8 says", arguments: requests)
    func checksRequest(_ sample: Sample) {
        let server = HTTP2Endpoint.server()
        server.receive(.headers(1, sample.fields))
        #expect(server.failure == nil)
        if let fault = sample.fault {
            #expect(server.events == [.streamFailed(stream: 1, fault: fault)])
            #expect(server.sentFrames == [.reset(1, 1)])
            #expect(server.connection.streamCount == 0)
        } else {
            #expect(server.events == [.head(stream: 1, endStream: true)])
            #expect(server.sections == [sample.fields])
        }
    }

    static let responses: [Sample] = [
        Sample("a plain response", WireField.ok, nil),
        Sample("8.3.2 no :status", [WireField("x", "1")], .pseudoMissing),
        Sample("8.3.2 :status twice", WireField.ok + WireField.ok, .pseudoRepeated),
        Sample("8.3.2 a request's pseudo-header", WireField.ok + [WireField(":path", "/")], .pseudoUnknown),
        Sample("8.3.2 :status of letters", [WireField(":status", "2x0")], .status),
        Sample("8.3.2 :status of four digits", [WireField(":status", "2000")], .status),
        Sample("8.3.2 :status 099", [WireField(":status", "099")], .status),
        Sample("8.6 101", [WireField(":status", "101")], .status),
        Sample("8.3 :status behind a field", [WireField("x", "1")] + WireField.ok, .pseudoAfterField),
        Sample("8.2.2 connection", WireField.ok + [WireField("connection", "close")], .connectionField),
        Sample("8.2.1 LF in a value", WireField.ok + [WireField("x", "a\nb")], .fieldValue),
        Sample("8.1 1xx with END_STREAM", [WireField(":status", "103")], .interimWithEnd),
        Sample("8.1.1 content-length without DATA", WireField.ok + [WireField("content-length", "5")], .bodyLength),
        Sample("304 with content-length", [WireField(":status", "304"), WireField("content-length", "5")], nil),
    ]

    @Test("A response is taken or malformed as RFC 9113 section 8 says", arguments: responses)
    func checksResponse(_ sample: Sample) {
        let client = HTTP2Endpoint.client()
        client.request()
        client.receive(.headers(1, sample.fields))
        #expect(client.failure == nil)
        if let fault = sample.fault {
            #expect(client.events == [.streamFailed(stream: 1, fault: fault)])
        } else {
            #expect(client.events == [.head(stream: 1, endStream: true)])
            #expect(client.sections == [sample.fields])
        }
    }

    static let trailers: [Sample] = [
        Sample("a plain one", [WireField("x-checksum", "1")], nil),
        Sample("none", [], nil),
        Sample("8.1.2.1 pseudo-header", [WireField(":method", "200")], .pseudoInTrailers),
        Sample("8.1 :status", [WireField("x", "1"), WireField(":status", "200")], .pseudoInTrailers),
        Sample("8.2.2 connection", [WireField("connection", "close")], .connectionField),
        Sample("9110 6.5.1 content-length", [WireField("content-length", "0")], .trailerField),
        Sample("9110 6.5.1 host", [WireField("host", "a")], .trailerField),
        Sample("8.2.1 CR", [WireField("x", "\r")], .fieldValue),
    ]

    @Test("Trailers are taken or malformed as RFC 9113 section 8.1 says", arguments: trailers)
    func checksTrailers(_ sample: Sample) {
        let server = HTTP2Endpoint.server()
        server.receive(.headers(1, WireField.post, end: false), .headers(1, sample.fields))
        let expected: HTTP2Event =
            if let fault = sample.fault { .streamFailed(stream: 1, fault: fault) } else { .trailers(stream: 1) }
        #expect(server.events == [.head(stream: 1, endStream: false), expected])
    }

    @Test(
        "8.1.1 DATA must add up to content-length, on both sides",
        arguments: [
            (5, [5], true), (5, [2, 3], true), (0, [0], true), (5, [4], false), (5, [6], false), (5, [2, 2], false),
            (5, [3, 3], false), (0, [1], false),
        ])
    func checksLength(_ length: Int, _ pieces: [Int], _ isGood: Bool) {
        let field = WireField("content-length", "\(length)")
        let server = HTTP2Endpoint.server()
        server.receive(.headers(1, WireField.post + [field], end: false))
        let client = HTTP2Endpoint.client()
        client.request()
        client.receive(.headers(1, WireField.ok + [field], end: false))
        for endpoint in [server, client] {
            for (index, piece) in pieces.enumerated() {
                let isLast = index == pieces.count - 1
                endpoint.receive(.data(1, [UInt8](repeating: 0, count: piece), end: isLast))
                if endpoint.events.contains(.streamFailed(stream: 1, fault: .bodyLength)) { break }
            }
            #expect(endpoint.events.contains(.streamFailed(stream: 1, fault: .bodyLength)) == !isGood)
            #expect(endpoint.failure == nil)
        }
    }

    @Test("8.1.1 Trailers before the content-length is reached are malformed")
    func checksLengthAtTrailers() {
        let server = HTTP2Endpoint.server()
        server.receive(
            .headers(1, WireField.post + [WireField("content-length", "5")], end: false), .data(1, [1]),
            .headers(1, [WireField("x", "1")]))
        #expect(server.events.last == .streamFailed(stream: 1, fault: .bodyLength))
    }

    @Test("A response to HEAD may name a length, and may not have a body")
    func checksHead() {
        let head = [WireField(":method", "HEAD")] + WireField.get.dropFirst()
        let fields = WireField.ok + [WireField("content-length", "5")]
        let client = HTTP2Endpoint.client()
        client.request(head)
        client.request(head)
        client.receive(.headers(1, fields), .headers(3, fields, end: false), .data(3, [1]))
        #expect(
            client.events == [
                .head(stream: 1, endStream: true), .head(stream: 3, endStream: false),
                .streamFailed(stream: 3, fault: .bodyLength),
            ])
    }

    @Test("Fields are known by name, and names with an underscore as such")
    func classifies() {
        let server = HTTP2Endpoint.server()
        server.receive(
            .headers(
                1, WireField.get + [WireField("x-tenant-id", "t"), WireField("x_tenant_id", "e"), WireField("x", "y")]))
        #expect(server.connection.headers.regular.map(\.known) == [.tenant, .underscored, .other])
        #expect(server.connection.headers.pseudo.count == 4)
        let target = Array(server.connection.headers.bytes(server.connection.headers.pseudo.target))
        #expect(target == Array("example.com".utf8))
    }

    @Test("Faults have messages of their own")
    func hasMessages() {
        let messages = Set(HTTP2Fault.allCases.map { "\($0.message)" })
        #expect(messages.count == HTTP2Fault.allCases.count)
    }
}
