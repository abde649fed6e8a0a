import Testing

@testable import Gateway

/// The server role against what h2spec's sections 3 to 7 send, and some more of RFC 9113.
struct HTTP2ServerProtocolTests {
    private static let get = WireField.block(WireField.get)
    private static let open = WireFrame.headers(1, WireField.post, end: false)
    private static let closedByUs: [WireFrame] = [.headers(1, WireField.get), .headers(3, WireField.get)]

    private static func raw(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> WireFrame {
        WireFrame(type, flags: flags, stream: stream, payload)
    }

    static let framing: [ProtocolCase] = [
        ProtocolCase("4.1 unknown frame type", [raw(0x16, 0, 0, [1, 2, 3])], .fine),
        ProtocolCase("4.1 unknown frame type on a stream", [open, raw(0xFF, 0xFF, 1, [])], .fine),
        ProtocolCase("4.1 undefined flags", [raw(6, 0x16, 0, [UInt8](repeating: 0, count: 8))], .fine),
        ProtocolCase("4.1 reserved bit", [raw(6, 0, 1 << 31, [UInt8](repeating: 0, count: 8))], .fine),
        ProtocolCase("4.2 DATA of 2^14", [open, .data(1, [UInt8](repeating: 0, count: 16_384), end: true)], .fine),
        ProtocolCase(
            "4.2 DATA above SETTINGS_MAX_FRAME_SIZE", [open, .data(1, [UInt8](repeating: 0, count: 16_385))],
            .connection(.frameSizeError)),
        ProtocolCase(
            "4.2 HEADERS above SETTINGS_MAX_FRAME_SIZE", [raw(1, 5, 1, [UInt8](repeating: 0, count: 16_385))],
            .connection(.frameSizeError)),
        ProtocolCase("4.3 invalid block", [raw(1, 5, 1, [0x40, 0x80])], .connection(.compressionError)),
        ProtocolCase(
            "4.3 PRIORITY within a block", [raw(1, 1, 1, get), raw(2, 0, 1, [0, 0, 0, 0, 255])],
            .connection(.protocolError)),
        ProtocolCase(
            "4.3 HEADERS of another stream within a block", [raw(1, 1, 1, get), .headers(3, WireField.get)],
            .connection(.protocolError)),
        ProtocolCase(
            "5.5 unknown frame within a block", [raw(1, 1, 1, get), raw(0x16, 0, 0, [])], .connection(.protocolError)),
        ProtocolCase("5.4.1 invalid PING", [raw(6, 0, 3, [1, 2, 3, 4, 5, 6, 7, 8])], .connection(.protocolError)),
    ]

    static let states: [ProtocolCase] = [
        ProtocolCase("5.1 idle: DATA", [.data(1, [1])], .connection(.protocolError)),
        ProtocolCase("5.1 idle: RST_STREAM", [.reset(1)], .connection(.protocolError)),
        ProtocolCase("5.1 idle: WINDOW_UPDATE", [.windowUpdate(1, 100)], .connection(.protocolError)),
        ProtocolCase("5.1 idle: CONTINUATION", [raw(9, 4, 1, get)], .connection(.protocolError)),
        ProtocolCase("5.1 idle: PRIORITY", [raw(2, 0, 9, [0, 0, 0, 1, 7])], .fine),
        ProtocolCase(
            "5.1 half closed (remote): DATA", [.headers(1, WireField.get), .data(1, [1])], .stream(1, .streamClosed)),
        ProtocolCase(
            "5.1 half closed (remote): HEADERS", [.headers(1, WireField.get), .headers(1, WireField.get)],
            .stream(1, .streamClosed)),
        ProtocolCase(
            "5.1 half closed (remote): CONTINUATION", [.headers(1, WireField.get), raw(9, 4, 1, get)],
            .connection(.protocolError)),
        ProtocolCase(
            "5.1 half closed (remote): WINDOW_UPDATE, PRIORITY and RST_STREAM",
            [
                .headers(1, WireField.get), .windowUpdate(1, 100), raw(2, 0, 1, [0, 0, 0, 0, 7]), .reset(1),
            ], .fine),
        ProtocolCase(
            "5.1 closed: DATA after RST_STREAM", [open, .reset(1), .data(1, [1])], .stream(1, .streamClosed)),
        ProtocolCase(
            "5.1 closed: HEADERS after RST_STREAM", [open, .reset(1), .headers(1, WireField.get)],
            .stream(1, .streamClosed)),
        ProtocolCase(
            "5.1 closed: CONTINUATION after RST_STREAM", [open, .reset(1), raw(9, 4, 1, get)],
            .connection(.protocolError)),
        ProtocolCase(
            "5.1 closed: WINDOW_UPDATE and RST_STREAM are ignored",
            [open, .reset(1), .windowUpdate(1, 1), .reset(1)], .fine),
        ProtocolCase("5.1.1 even stream", [.headers(2, WireField.get)], .connection(.protocolError)),
        ProtocolCase(
            "5.1.1 stream below the last", [.headers(5, WireField.get), .headers(3, WireField.get)],
            .connection(.protocolError)),
        ProtocolCase(
            "5.1.1 DATA on a stream that was skipped", [.headers(5, WireField.get), .data(3, [1])],
            .connection(.streamClosed)),
        ProtocolCase(
            "5.3.1 HEADERS depends on itself", [raw(1, 0x25, 1, [0, 0, 0, 1, 255] + get)], .stream(1, .protocolError)),
        ProtocolCase(
            "5.3.1 PRIORITY depends on itself", [open, raw(2, 0, 1, [0, 0, 0, 1, 255])], .stream(1, .protocolError)),
    ]

    static let frames: [ProtocolCase] = [
        ProtocolCase("6.1 DATA on stream 0", [.data(0, [1])], .connection(.protocolError)),
        ProtocolCase(
            "6.1 DATA with too much padding", [open, raw(0, 8, 1, [6, 1, 2, 3])], .connection(.protocolError)),
        ProtocolCase("6.1 DATA that is all padding", [open, raw(0, 9, 1, [3, 0, 0, 0])], .fine),
        ProtocolCase("6.1 DATA padded without pad length", [open, raw(0, 8, 1, [])], .connection(.frameSizeError)),
        ProtocolCase("6.2 HEADERS on stream 0", [raw(1, 5, 0, get)], .connection(.protocolError)),
        ProtocolCase(
            "6.2 HEADERS with too much padding", [raw(1, 0x0D, 1, [UInt8(get.count + 1)] + get)],
            .connection(.protocolError)),
        ProtocolCase("6.2 HEADERS padded", [raw(1, 0x0D, 1, [4] + get + [0, 0, 0, 0])], .fine),
        ProtocolCase("6.2 HEADERS with priority", [raw(1, 0x25, 1, [0x80, 0, 0, 3, 15] + get)], .fine),
        ProtocolCase("6.2 HEADERS too short for priority", [raw(1, 0x25, 1, [0, 0])], .connection(.frameSizeError)),
        ProtocolCase("6.3 PRIORITY on stream 0", [raw(2, 0, 0, [0, 0, 0, 1, 1])], .connection(.protocolError)),
        ProtocolCase("6.3 PRIORITY of 4 bytes", [open, raw(2, 0, 1, [0, 0, 0, 1])], .stream(1, .frameSizeError)),
        ProtocolCase("6.4 RST_STREAM on stream 0", [.reset(0)], .connection(.protocolError)),
        ProtocolCase("6.4 RST_STREAM of 3 bytes", [open, raw(3, 0, 1, [0, 0, 0])], .connection(.frameSizeError)),
        ProtocolCase("6.5 SETTINGS ACK with payload", [raw(4, 1, 0, [0])], .connection(.frameSizeError)),
        ProtocolCase("6.5 SETTINGS on a stream", [raw(4, 0, 1, [0, 3, 0, 0, 0, 100])], .connection(.protocolError)),
        ProtocolCase("6.5 SETTINGS of 3 bytes", [raw(4, 0, 0, [0, 3, 0])], .connection(.frameSizeError)),
        ProtocolCase("6.5.2 ENABLE_PUSH of 2", [.settings([(2, 2)])], .connection(.protocolError)),
        ProtocolCase("6.5.2 INITIAL_WINDOW_SIZE of 2^31", [.settings([(4, 1 << 31)])], .connection(.flowControlError)),
        ProtocolCase("6.5.2 MAX_FRAME_SIZE of 2^14-1", [.settings([(5, 16_383)])], .connection(.protocolError)),
        ProtocolCase("6.5.2 MAX_FRAME_SIZE of 2^24", [.settings([(5, 1 << 24)])], .connection(.protocolError)),
        ProtocolCase("6.5.2 unknown setting", [.settings([(0xFF, 1), (8, 1)])], .fine),
        ProtocolCase("6.5.3 one setting twice", [.settings([(4, 100), (4, 1)])], .fine),
        ProtocolCase(
            "6.6 PUSH_PROMISE from a client", [open, raw(5, 4, 1, WireFrame.word(2) + get)],
            .connection(.protocolError)),
        ProtocolCase("6.7 PING ACK nobody asked for", [raw(6, 1, 0, [UInt8](repeating: 1, count: 8))], .fine),
        ProtocolCase(
            "6.7 PING of 6 bytes", [raw(6, 0, 0, [UInt8](repeating: 1, count: 6))], .connection(.frameSizeError)),
        ProtocolCase(
            "6.8 GOAWAY on a stream", [raw(7, 0, 1, WireFrame.word(0) + WireFrame.word(0))],
            .connection(.protocolError)),
        ProtocolCase("6.8 GOAWAY of 4 bytes", [raw(7, 0, 0, WireFrame.word(0))], .connection(.frameSizeError)),
        ProtocolCase("6.9 WINDOW_UPDATE of 0", [.windowUpdate(0, 0)], .connection(.protocolError)),
        ProtocolCase("6.9 WINDOW_UPDATE of 0 on a stream", [open, .windowUpdate(1, 0)], .stream(1, .protocolError)),
        ProtocolCase("6.9 WINDOW_UPDATE of 3 bytes", [raw(8, 0, 0, [0, 0, 1])], .connection(.frameSizeError)),
        ProtocolCase(
            "6.9.1 window of the connection above 2^31-1", [.windowUpdate(0, 0x7FFF_FFFF), .windowUpdate(0, 1)],
            .connection(.flowControlError)),
        ProtocolCase(
            "6.9.1 window of a stream above 2^31-1", [open, .windowUpdate(1, 0x7FFF_FFFF), .windowUpdate(1, 1)],
            .stream(1, .flowControlError)),
        ProtocolCase(
            "6.9.2 setting that moves a window above 2^31-1",
            [open, .windowUpdate(1, 0x7FFF_0000), .settings([(4, 0x7FFF_FFFF)])], .connection(.flowControlError)),
        ProtocolCase(
            "6.10 several CONTINUATION",
            [raw(1, 1, 1, []), raw(9, 0, 1, Array(get[..<9])), raw(9, 4, 1, Array(get[9...]))],
            .fine),
        ProtocolCase(
            "6.10 CONTINUATION, then DATA", [raw(1, 1, 1, get), raw(9, 0, 1, []), .data(1, [1])],
            .connection(.protocolError)),
        ProtocolCase(
            "6.10 CONTINUATION on stream 0", [raw(1, 1, 1, get), raw(9, 4, 0, [])], .connection(.protocolError)),
        ProtocolCase(
            "6.10 CONTINUATION on another stream", [raw(1, 1, 1, get), raw(9, 4, 3, [])],
            .connection(.protocolError)),
        ProtocolCase(
            "6.10 CONTINUATION behind END_HEADERS", [.headers(1, WireField.get), raw(9, 4, 1, [])],
            .connection(.protocolError)),
        ProtocolCase(
            "6.10 CONTINUATION behind CONTINUATION with END_HEADERS",
            [raw(1, 1, 1, get), raw(9, 4, 1, []), raw(9, 4, 1, [])], .connection(.protocolError)),
        ProtocolCase(
            "6.10 CONTINUATION behind DATA", [open, .data(1, [1]), raw(9, 4, 1, [])], .connection(.protocolError)),
        ProtocolCase("7 GOAWAY with an unknown code", [.goAway(0, 0xFF)], .fine),
        ProtocolCase("7 RST_STREAM with an unknown code", [open, .reset(1, 0xFF)], .fine),
        ProtocolCase(
            "8.1 second HEADERS without END_STREAM", [open, .headers(1, [WireField("x", "1")], end: false)],
            .stream(1, .protocolError)),
        ProtocolCase("8.1 trailers", [open, .data(1, [1]), .headers(1, [WireField("x", "1")])], .fine),
    ]

    @Test(
        "A server treats frames as RFC 9113 demands, in one piece and byte by byte",
        arguments: framing + states + frames)
    func follows(_ sample: ProtocolCase) {
        for pieceBytes in [Int.max, 1, 7] { sample.check(.server(), pieceBytes: pieceBytes) }
    }

    // MARK: - The start

    @Test("3.4 A client that does not begin with the preface is refused at the first wrong byte")
    func refusesPreface() {
        let server = HTTP2Endpoint(.server)
        server.receive(Array("PRI * HTTP/2.0\r\n\r\nSN".utf8))
        #expect(server.failure == .preface)
        #expect(server.sentFrames.last?.type == 7)
        let other = HTTP2Endpoint(.server)
        other.receive(Array("GET".utf8))
        #expect(other.failure == .preface)
    }

    @Test("3.4 The preface may come byte by byte")
    func acceptsSlowPreface() {
        let server = HTTP2Endpoint(.server)
        for byte in WireFrame.start { server.receive([byte]) }
        #expect(server.failure == nil)
        #expect(server.events == [.settingsChanged])
    }

    @Test(
        "3.4 Anything but SETTINGS behind the preface ends the connection",
        arguments: [WireFrame.ping(), .settingsAcknowledgement, .headers(1, WireField.get), WireFrame(0x16)])
    func demandsSettings(_ frame: WireFrame) {
        let server = HTTP2Endpoint(.server)
        server.receive(WireFrame.preface + frame.bytes)
        #expect(server.failure == .settingsExpected)
    }

    @Test("A server begins with SETTINGS and the connection's window, and acknowledges the client's SETTINGS")
    func beginsWithSettings() {
        let server = HTTP2Endpoint(.server)
        server.receive(WireFrame.start)
        let frames = server.sentFrames
        #expect(frames.map(\.type) == [4, 8, 4])
        #expect(frames[0].payload == WireFrame.settings([(3, 128), (4, 262_144), (6, 16_384)]).payload)
        #expect(frames[1] == .windowUpdate(0, 1_048_576 - 65_535))
        #expect(frames[2] == .settingsAcknowledgement)
        server.receive(.settingsAcknowledgement)
        #expect(server.events == [.settingsChanged, .settingsAcknowledged])
    }

    @Test("Once failed, a connection says so each time and takes nothing more")
    func staysFailed() {
        let server = HTTP2Endpoint.server()
        server.receive(.windowUpdate(0, 0))
        #expect(server.failure == .windowIncrement)
        let count = server.events.count
        server.receive(.headers(1, WireField.get))
        #expect(server.failure == .windowIncrement)
        #expect(server.events.count == count)
        #expect(server.request() == nil)
        #expect(!server.respond(1))
    }

    @Test("5.1 closed: what comes on a stream that ended both ways ends the connection")
    func refusesFramesOnEnded() {
        for (frame, fault) in [
            (WireFrame.data(1, [1]), HTTP2Fault.streamClosed), (.headers(1, WireField.get), .streamClosed),
        ] {
            let server = HTTP2Endpoint.server()
            server.receive(.headers(1, WireField.get))
            server.respond(1)
            server.receive(frame)
            #expect(server.failure == fault)
        }
        let server = HTTP2Endpoint.server()
        server.receive(.headers(1, WireField.get))
        server.respond(1)
        server.receive(.windowUpdate(1, 5), .reset(1), .ping())
        #expect(server.failure == nil)
    }

    @Test("5.1 closed: what was on its way when we reset a stream is ignored, and DATA goes back to the connection")
    func ignoresAfterReset() {
        let server = HTTP2Endpoint.server()
        server.receive(.headers(1, WireField.post, end: false))
        server.connection.resetStream(1, .cancel)
        #expect(server.sentFrames == [.reset(1, 8)])
        let large = [UInt8](repeating: 7, count: 16_384)
        for _ in 0..<100 { server.receive(.data(1, large)) }
        server.receive(.headers(1, [WireField("x", "1")]), .windowUpdate(1, 1), .reset(1))
        #expect(server.failure == nil)
        #expect(server.bodies.isEmpty)
        #expect(server.sentFrames.filter { $0.type == 8 && $0.stream == 0 }.count >= 2)
        #expect(!server.events.contains { if case .trailers = $0 { true } else { false } })
    }

    @Test("A header block for a stream nobody wants still reaches the table")
    func staysInStep() {
        let server = HTTP2Endpoint.server()
        server.receive(.headers(1, WireField.post, end: false))
        server.connection.resetStream(1, .cancel)
        // x: y, indexed, as trailers of the stream just reset; then used by the next request.
        server.receive(WireFrame(1, flags: 5, stream: 1, [0x40, 1, 0x78, 1, 0x79]))
        server.receive(WireFrame(1, flags: 5, stream: 3, WireField.block(WireField.get) + [0xBE]))
        #expect(server.failure == nil)
        #expect(server.sections.last?.last == WireField("x", "y"))
    }
}
