import Testing

@testable import Gateway

/// The client role, and how connections end in both.
struct HTTP2ClientTests {
    @Test("A client begins with the preface and SETTINGS without push")
    func begins() {
        let client = HTTP2Endpoint(.client)
        let output = client.takeOutput()
        #expect(output.starts(with: WireFrame.preface))
        let frames = WireFrame.all(output)
        #expect(frames.map(\.type) == [4, 8])
        #expect(frames[0].payload == WireFrame.settings([(2, 0), (4, 262_144), (6, 16_384)]).payload)
    }

    static let cases: [ProtocolCase] = [
        ProtocolCase(
            "6.6 PUSH_PROMISE", [WireFrame(5, flags: 4, stream: 1, [0, 0, 0, 2, 0x82])],
            .connection(.protocolError)),
        ProtocolCase(
            "6.6 PUSH_PROMISE of an odd stream", [WireFrame(5, flags: 4, stream: 1, [0, 0, 0, 3])],
            .connection(.protocolError)),
        ProtocolCase("6.5.2 ENABLE_PUSH of 1", [.settings([(2, 1)])], .connection(.protocolError)),
        ProtocolCase("6.5.2 ENABLE_PUSH of 0", [.settings([(2, 0)])], .fine),
        ProtocolCase("5.1 HEADERS on a stream never opened", [.headers(5, WireField.ok)], .connection(.protocolError)),
        ProtocolCase("5.1 HEADERS on a pushed stream", [.headers(2, WireField.ok)], .connection(.protocolError)),
        ProtocolCase("5.1 DATA on a stream never opened", [.data(5, [1])], .connection(.protocolError)),
        ProtocolCase("8.1 DATA before the head", [.data(1, [1])], .stream(1, .protocolError)),
        ProtocolCase(
            "8.1 two final heads", [.headers(1, WireField.ok, end: false), .headers(1, WireField.ok, end: false)],
            .stream(1, .protocolError)),
        ProtocolCase(
            "8.1 interim heads, then the final one",
            [
                .headers(1, [WireField(":status", "100")], end: false),
                .headers(1, [WireField(":status", "103"), WireField("link", "</a>")], end: false),
                .headers(1, WireField.ok, end: false), .data(1, [1], end: true),
            ], .fine),
        ProtocolCase(
            "8.1 trailers", [.headers(1, WireField.ok, end: false), .headers(1, [WireField("x", "1")])], .fine),
        ProtocolCase(
            "5.1 DATA behind END_STREAM", [.headers(3, WireField.ok), .data(3, [1])], .stream(3, .streamClosed)),
        ProtocolCase(
            "5.1 HEADERS on an ended stream", [.headers(1, WireField.ok), .headers(1, WireField.ok)],
            .connection(.streamClosed)),
    ]

    @Test("A client treats frames as RFC 9113 demands", arguments: cases)
    func follows(_ sample: ProtocolCase) {
        let client = HTTP2Endpoint.client()
        client.request()
        // Stream 3 has a body to send yet.
        client.request(WireField.post, end: false)
        sample.check(client, pieceBytes: 3)
    }

    @Test("8.1 Interim responses are events of their own")
    func tellsInterim() {
        let client = HTTP2Endpoint.client()
        client.request()
        client.receive(.headers(1, [WireField(":status", "100")], end: false), .headers(1, WireField.ok))
        #expect(client.events == [.interim(stream: 1), .head(stream: 1, endStream: true)])
    }

    @Test("A server sends interim responses before the final one")
    func sendsInterim() {
        let server = HTTP2Endpoint.server()
        server.receive(.headers(1, WireField.get))
        #expect(server.respond(1, [WireField(":status", "100")], end: true))
        #expect(server.send(1, [1]) == nil)
        #expect(server.respond(1))
        #expect(server.sentFrames.map(\.flags) == [4, 5])
    }

    @Test("5.1.2 No more streams are opened than the server takes")
    func keepsConcurrency() {
        let client = HTTP2Endpoint.client(settings: [(3, 2)])
        #expect(client.request() == 1)
        #expect(client.request() == 3)
        #expect(client.request() == nil)
        client.receive(.headers(1, WireField.ok))
        #expect(client.request() == 5)
        client.receive(.settings([(3, 0)]))
        client.receive(.headers(3, WireField.ok), .headers(5, WireField.ok))
        #expect(client.request() == nil)
    }

    @Test("Names become lower-case on the way out")
    func lowersNames() {
        let client = HTTP2Endpoint.client()
        client.request(WireField.get + [WireField("X-Tenant-ID", "T")])
        let reader = HPACKReader()
        #expect(reader.decode(client.sentFrames[0].payload) == nil)
        #expect(reader.fields.last == WireField("x-tenant-id", "T"))
    }

    @Test("A reset of the server ends the stream only")
    func tellsReset() {
        let client = HTTP2Endpoint.client()
        client.request()
        client.request()
        client.receive(.reset(1, 7))
        #expect(client.events == [.streamReset(stream: 1, code: .refusedStream)])
        #expect(client.connection.streamCount == 1)
    }

    @Test("Fields of literals go out like others")
    func sendsLiterals() {
        let server = HTTP2Endpoint.server()
        server.receive(.headers(1, WireField.get))
        server.connection.add(":status", "500")
        #expect(server.sentFrames.isEmpty)
        let hasBegun = server.connection.beginHead(1)
        #expect(hasBegun)
        server.connection.add(":status", "204")
        server.connection.add("x", UnsafeRawBufferPointer("y"), sensitive: true)
        server.connection.endHead(endStream: true)
        let reader = HPACKReader()
        #expect(reader.decode(server.sentFrames[0].payload) == nil)
        #expect(reader.fields == [WireField(":status", "204"), WireField("x", "y")])
    }

    @Test("A head that is given up half-way leaves the tables in step, on both sides")
    func givesUpHead() {
        let client = HTTP2Endpoint.client()
        let server = HTTP2Endpoint(.server)
        _ = server.takeOutput()
        server.receive(HTTP2Endpoint(.client).takeOutput())
        let fields = WireField.get + [WireField("x-cell", "alpha")]
        for _ in 0..<3 { client.request(fields) }
        let id = client.connection.openStream(nowNanos: 0)
        client.connection.add("x-new", "1")
        client.connection.add("x-new", "1")
        if let id { client.connection.resetStream(id, .cancel) }
        client.connection.endHead(endStream: true)
        #expect(client.request(fields) == 9)
        let output = client.takeOutput()
        #expect(!WireFrame.all(output).contains { $0.type == 3 || $0.stream == 7 })
        server.receive(output)
        #expect(server.failure == nil)
        #expect(server.sections == [[WireField]](repeating: fields, count: 4))
        // The server gives up a response.
        let hasBegun = server.connection.beginHead(1)
        #expect(hasBegun)
        for _ in 0..<2 { server.connection.add("x-other", "2") }
        server.connection.resetStream(1, .internalError)
        server.respond(3, WireField.ok + [WireField("x-cell", "alpha")])
        client.receive(server.takeOutput())
        #expect(client.failure == nil)
        #expect(client.sections == [WireField.ok + [WireField("x-cell", "alpha")]])
    }

    @Test("A head whose stream the peer resets meanwhile leaves the tables in step")
    func losesStreamWithinHead() {
        let server = HTTP2Endpoint.server()
        let reader = HPACKReader()
        for id in [1, 3, 5, 7] as [UInt32] { server.receive(.headers(id, WireField.get)) }
        let fields = WireField.ok + [WireField("x-cell", "alpha")]
        for id in [1, 3] as [UInt32] {
            server.respond(id, fields)
            #expect(reader.decode(server.sentFrames.last?.payload ?? []) == nil)
        }
        let hasBegun = server.connection.beginHead(5)
        #expect(hasBegun)
        for _ in 0..<2 { server.connection.add("x-new", "1") }
        server.receive(.reset(5))
        server.connection.endHead(endStream: true)
        #expect(server.sentFrames.isEmpty)
        server.respond(7, fields)
        #expect(reader.decode(server.sentFrames.last?.payload ?? []) == nil)
        #expect(reader.fields == fields)
    }

    @Test("A table size that was to be signalled in a head given up is signalled in the next one")
    func signalsAfterGivingUp() {
        let server = HTTP2Endpoint.server()
        server.receive(.settings([(1, 100)]), .headers(1, WireField.get), .headers(3, WireField.get))
        let hasBegun = server.connection.beginHead(1)
        #expect(hasBegun)
        server.connection.resetStream(1, .cancel)
        server.respond(3)
        #expect(server.sentFrames.last?.payload == [0x20, 0x3F, 69, 0x88])
    }

    @Test("An idle connection gives its memory back and goes on")
    func releasesMemory() {
        let client = HTTP2Endpoint.client()
        client.request()
        client.connection.releaseMemory()
        #expect(client.sentFrames.map(\.type) == [1])
        client.connection.releaseMemory()
        client.request()
        client.receive(.headers(3, WireField.ok))
        #expect(client.events == [.head(stream: 3, endStream: true)])
    }

    // MARK: - GOAWAY

    @Test("6.8 GOAWAY takes the streams above its last one, and none is opened any more")
    func obeysGoAway() {
        let client = HTTP2Endpoint.client()
        for _ in 0..<20 { client.request() }
        client.receive(.goAway(0x7FFF_FFFF))
        #expect(client.events == [.goAway(lastStream: 0x7FFF_FFFF, code: .noError)])
        #expect(client.request() == nil)
        #expect(client.connection.streamCount == 20)
        client.receive(.goAway(9))
        #expect(client.connection.streamCount == 5)
        client.receive(.goAway(100), .headers(9, WireField.ok))
        #expect(
            client.events.dropFirst() == [
                .goAway(lastStream: 9, code: .noError), .goAway(lastStream: 9, code: .noError),
                .head(stream: 9, endStream: true),
            ])
        #expect(client.failure == nil)
    }

    @Test("6.8 A server that shuts down takes what is on its way, then ignores what is new")
    func shutsDown() {
        let server = HTTP2Endpoint.server()
        server.receive(.headers(1, WireField.get))
        server.connection.beginShutdown()
        server.receive(.headers(3, WireField.get))
        #expect(server.events.last == .head(stream: 3, endStream: true))
        server.connection.goAway(.noError)
        #expect(server.sentFrames == [.goAway(0x7FFF_FFFF), .goAway(3)])
        server.receive(.headers(5, WireField.post, end: false), .data(5, [1]), .windowUpdate(5, 1), .reset(5))
        #expect(server.events.last == .head(stream: 3, endStream: true))
        #expect(server.sentFrames.isEmpty)
        server.respond(1)
        server.respond(3)
        #expect(server.connection.streamCount == 0)
        server.receive(.windowUpdate(0, 0))
        #expect(server.sentFrames.last == .goAway(3, 1))
    }

    @Test("6.7 A PING is answered, and an answer is an event")
    func pings() {
        let server = HTTP2Endpoint.server()
        server.connection.ping(0x0102_0304_0506_0708)
        #expect(server.sentFrames == [WireFrame(6, [1, 2, 3, 4, 5, 6, 7, 8])])
        server.receive(WireFrame(6, flags: 1, [1, 2, 3, 4, 5, 6, 7, 8]))
        #expect(server.events == [.pingAcknowledged(0x0102_0304_0506_0708)])
    }

    @Test("Stream identifiers that are used up open no stream")
    func endsIdentifiers() {
        let client = HTTP2Endpoint.client()
        client.connection.closed.open(0x7FFF_FFFB)
        #expect(client.request() == 0x7FFF_FFFD)
        #expect(client.request() == nil)
    }
}
