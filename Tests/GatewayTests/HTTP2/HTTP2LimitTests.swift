import Testing

@testable import Gateway

/// One test for each limit of ``HTTP2Limits``; attack cases 108 and 109.
struct HTTP2LimitTests {
    private static func limits(_ change: (inout HTTP2Limits) -> Void) -> HTTP2Limits {
        var limits = HTTP2Limits()
        change(&limits)
        return limits
    }

    @Test("5.1.2 Streams beyond the limit are refused, and the connection lives")
    func refusesStreams() {
        let server = HTTP2Endpoint.server(limits: Self.limits { $0.maxConcurrentStreams = 2 })
        for id in [1, 3, 5] as [UInt32] { server.receive(.headers(id, WireField.get)) }
        #expect(server.events.last == .streamFailed(stream: 5, fault: .streamRefused))
        #expect(server.sentFrames == [.reset(5, 7)])
        server.respond(1)
        server.receive(.headers(7, WireField.get))
        #expect(server.events.last == .head(stream: 7, endStream: true))
    }

    @Test("A client that cannot know the limit yet is refused without end, one that knows it is a flood")
    func refusesFlood() {
        for isKnown in [false, true] {
            let server = HTTP2Endpoint.server(limits: Self.limits { $0.maxConcurrentStreams = 1 })
            if isKnown { server.receive(.settingsAcknowledgement) }
            for id in 0..<300 as Range<UInt32> {
                server.receive(.headers(2 * id + 1, WireField.get))
                _ = server.takeOutput()
            }
            #expect(server.failure == (isKnown ? .resetFlood : nil))
        }
    }

    @Test("A header section beyond the limit is an event, so that 431 can be sent; the next one is fine")
    func reportsTooLarge() {
        let server = HTTP2Endpoint.server(limits: Self.limits { $0.headerListBytes = 1_000 })
        let large = WireField("x", String(repeating: "y", count: 900))
        server.receive(.headers(1, WireField.get + [large]), .headers(3, WireField.get))
        #expect(server.events == [.headersTooLarge(stream: 1, endStream: true), .head(stream: 3, endStream: true)])
        #expect(server.sections.first == WireField.get)
        #expect(server.respond(1, [WireField(":status", "431")]))
        #expect(server.connection.streamCount == 1)
    }

    @Test("Too many fields are too large as well")
    func countsFields() {
        let server = HTTP2Endpoint.server(limits: Self.limits { $0.headerFields = 5 })
        server.receive(.headers(1, WireField.get + [WireField("a", "1")]))
        server.receive(.headers(3, WireField.get + [WireField("a", "1"), WireField("b", "1")]))
        #expect(server.events == [.head(stream: 1, endStream: true), .headersTooLarge(stream: 3, endStream: true)])
    }

    @Test("Trailers and responses beyond the limit are events, too")
    func reportsOtherSections() {
        let large = WireField("x", String(repeating: "y", count: 900))
        let server = HTTP2Endpoint.server(limits: Self.limits { $0.headerListBytes = 800 })
        server.receive(.headers(1, WireField.post, end: false), .headers(1, [large]))
        #expect(server.events.last == .headersTooLarge(stream: 1, endStream: true))
        let client = HTTP2Endpoint.client(limits: Self.limits { $0.headerListBytes = 800 })
        client.request()
        client.receive(.headers(1, WireField.ok + [large], end: false))
        #expect(client.events == [.headersTooLarge(stream: 1, endStream: false)])
    }

    @Test("A header section far beyond the limit ends the connection")
    func endsBomb() {
        let server = HTTP2Endpoint.server()
        // One entry of 3,000 bytes, then references to it of a byte each.
        var block: [UInt8] = [0x40, 1, 0x61, 0x7F, 0xB9, 0x16] + [UInt8](repeating: 0x62, count: 3_000)
        block += [UInt8](repeating: 0xBE, count: 1_000)
        server.receive(WireFrame(1, flags: 5, stream: 1, block))
        #expect(server.failure == .headerBlockTooLarge)
        #expect(server.failure?.code == .enhanceYourCalm)
    }

    @Test("case 109: CONTINUATION without end ends the connection, be its frames empty or full")
    func endsContinuationFlood() {
        let empty = HTTP2Endpoint.server()
        empty.receive(WireFrame(1, flags: 1, stream: 1, []))
        for _ in 0..<17 { empty.receive(WireFrame(9, stream: 1, [])) }
        #expect(empty.failure == .continuationFlood)
        let full = HTTP2Endpoint.server()
        full.receive(WireFrame(1, flags: 1, stream: 1, [UInt8](repeating: 0, count: 16_384)))
        for _ in 0..<4 { full.receive(WireFrame(9, stream: 1, [UInt8](repeating: 0, count: 16_384))) }
        #expect(full.failure == .headerBlockTooLarge)
        #expect(full.failure?.code == .enhanceYourCalm)
    }

    @Test("As many CONTINUATION frames as allowed are taken")
    func takesContinuation() {
        let server = HTTP2Endpoint.server()
        let block = WireField.block(WireField.get)
        server.receive(WireFrame(1, flags: 1, stream: 1, []))
        for index in 0..<16 {
            let piece = Array(block.dropFirst(index * 5).prefix(index == 15 ? .max : 5))
            server.receive(WireFrame(9, flags: index == 15 ? 4 : 0, stream: 1, piece))
        }
        #expect(server.events == [.head(stream: 1, endStream: true)])
    }

    @Test("A larger frame size is announced and taken")
    func takesLargerFrames() {
        let server = HTTP2Endpoint(.server, limits: Self.limits { $0.frameBytes = 20_000 })
        server.receive(WireFrame.start)
        #expect(server.sentFrames[0].payload.count == 24)
        server.receive(.headers(1, WireField.post, end: false), .data(1, [UInt8](repeating: 1, count: 20_000)))
        #expect(server.failure == nil)
        server.receive(.data(1, [UInt8](repeating: 1, count: 20_001)))
        #expect(server.failure == .frameTooLarge)
    }

    struct Flood: CustomTestStringConvertible, Sendable {
        var name: String
        /// What is allowed in a second.
        var limit: Int
        var frame: WireFrame
        var fault: HTTP2Fault

        var testDescription: String { name }
    }

    static let floods: [Flood] = [
        Flood(name: "SETTINGS", limit: 50, frame: .noSettings, fault: .settingsFlood),
        Flood(name: "SETTINGS ACK", limit: 1_000, frame: .settingsAcknowledgement, fault: .emptyFrameFlood),
        Flood(name: "PING", limit: 1_000, frame: .ping(), fault: .pingFlood),
        Flood(
            name: "PING ACK", limit: 1_000, frame: WireFrame(6, flags: 1, [UInt8](repeating: 0, count: 8)),
            fault: .pingFlood),
        Flood(
            name: "DATA of padding", limit: 1_000, frame: WireFrame(0, flags: 8, stream: 1, [2, 0, 0]),
            fault: .emptyFrameFlood),
        Flood(name: "empty DATA", limit: 1_000, frame: .data(1, []), fault: .emptyFrameFlood),
        Flood(
            name: "PRIORITY", limit: 1_000, frame: WireFrame(2, stream: 1, [0, 0, 0, 3, 1]), fault: .emptyFrameFlood),
        Flood(
            name: "WINDOW_UPDATE nobody waits for", limit: 1_000, frame: .windowUpdate(0, 1), fault: .emptyFrameFlood),
        Flood(
            name: "WINDOW_UPDATE on a stream", limit: 1_000, frame: .windowUpdate(1, 1), fault: .emptyFrameFlood),
        Flood(name: "unknown frames", limit: 1_000, frame: WireFrame(0x20), fault: .emptyFrameFlood),
        Flood(name: "GOAWAY", limit: 1_000, frame: .goAway(0), fault: .emptyFrameFlood),
        Flood(name: "RST_STREAM on a closed stream", limit: 1_000, frame: .reset(3), fault: .emptyFrameFlood),
    ]

    @Test(
        "A flood of frames that cost us more than the peer ends the connection; the same in peace does not",
        arguments: floods)
    func endsFlood(_ flood: Flood) {
        for isPeaceful in [true, false] {
            let server = HTTP2Endpoint.server()
            server.isChecked = false
            server.receive(.headers(1, WireField.post, end: false), .headers(3, WireField.post, end: false))
            server.connection.resetStream(3, .cancel)
            if flood.frame == .settingsAcknowledgement { server.receive(flood.frame) }
            server.nowNanos += 1_000_000_000
            for _ in 0..<2 {
                server.receive([[UInt8]](repeating: flood.frame.bytes, count: flood.limit).flatMap { $0 })
                _ = server.takeOutput()
                if isPeaceful { server.nowNanos += 1_000_000_000 }
            }
            #expect(server.failure == (isPeaceful ? nil : flood.fault))
            if !isPeaceful { #expect(server.failure?.code == .enhanceYourCalm) }
        }
    }

    @Test("WINDOW_UPDATE that answers DATA is no flood")
    func takesUsefulUpdates() {
        let server = HTTP2Endpoint.server()
        server.isChecked = false
        server.receive(.headers(1, WireField.get), .settings([(4, 0x7000_0000)]), .windowUpdate(0, 0x7000_0000))
        server.respond(1, end: false)
        for _ in 0..<2_000 {
            #expect(server.send(1, [1]) == 1)
            server.receive(.windowUpdate(0, 1), .windowUpdate(1, 1))
        }
        #expect(server.failure == nil)
    }

    @Test("WINDOW_UPDATE with each request is no flood: there are clients that send it")
    func takesUpdatesWithRequests() {
        let server = HTTP2Endpoint.server()
        server.isChecked = false
        for number in 0..<3_000 as Range<UInt32> {
            server.receive(.headers(2 * number + 1, WireField.get), .windowUpdate(2 * number + 1, 1 << 24))
            server.respond(2 * number + 1)
            server.clear()
        }
        #expect(server.failure == nil)
    }

    @Test("Interim responses without end fail the stream")
    func limitsInterim() {
        let client = HTTP2Endpoint.client()
        client.request()
        for _ in 0..<33 { client.receive(.headers(1, [WireField(":status", "103")], end: false)) }
        #expect(client.events.last == .streamFailed(stream: 1, fault: .interimFlood))
        #expect(client.events.count == 33)
    }

    @Test("More settings in a frame than anyone needs end the connection")
    func limitsSettings() {
        let server = HTTP2Endpoint.server()
        server.receive(.settings((0..<32).map { (UInt16($0) + 100, 0) }))
        #expect(server.failure == nil)
        server.receive(.settings((0..<33).map { (UInt16($0) + 100, 0) }))
        #expect(server.failure == .settingsFlood)
    }

    @Test("A peer that demands answers and does not read them is cut off; one that reads late is not")
    func limitsReplies() {
        for reads in [true, false] {
            let server = HTTP2Endpoint.server()
            for second in 0..<30 {
                server.nowNanos = 1_000_000_000_000 + UInt64(second) * 1_000_000_000
                for _ in 0..<100 { server.receive(.ping()) }
                // Some is read, but the queue never becomes empty.
                if reads { _ = server.takeOutput(server.connection.output.count - 17) }
            }
            #expect(server.failure == (reads ? nil : .replyFlood))
            if !reads { #expect(server.connection.output.count < 20_000) }
        }
    }

    @Test("case 108: rapid reset, a client that opens and resets streams is cut off (CVE-2023-44487)")
    func endsRapidReset() {
        let server = HTTP2Endpoint.server()
        var opened: UInt32 = 0
        while server.failure == nil, opened < 1_000 {
            server.receive(.headers(2 * opened + 1, WireField.get), .reset(2 * opened + 1))
            opened += 1
        }
        #expect(opened == 201)
        #expect(server.failure == .resetFlood)
        #expect(server.sentFrames.last == WireFrame(7, WireFrame.word(401) + WireFrame.word(11)))
    }

    @Test("Resets that are rare, or of old streams, are no attack")
    func allowsResets() {
        let server = HTTP2Endpoint.server()
        for number in 0..<1_000 as Range<UInt32> {
            server.receive(.headers(2 * number + 1, WireField.get), .reset(2 * number + 1))
            server.nowNanos += 60_000_000
        }
        #expect(server.failure == nil)
        let slow = HTTP2Endpoint.server()
        for round in 0..<10 as Range<UInt32> {
            for number in 0..<100 as Range<UInt32> {
                slow.receive(.headers(200 * round + 2 * number + 1, WireField.get))
            }
            slow.nowNanos += 1_000_000_000
            for number in 0..<100 as Range<UInt32> { slow.receive(.reset(200 * round + 2 * number + 1)) }
        }
        #expect(slow.failure == nil)
    }

    static let provocations: [(String, [WireFrame])] = [
        ("WINDOW_UPDATE of 0", [.windowUpdate(1, 0)]),
        ("window overflow", [.windowUpdate(1, 0x7FFF_FFFF)]),
        ("PRIORITY of a wrong length", [WireFrame(2, stream: 1, [0])]),
        ("DATA behind END_STREAM", [.data(1, [1])]),
        ("HEADERS behind END_STREAM", [.headers(1, [])]),
        ("PRIORITY on itself", [WireFrame(2, stream: 1, [0, 0, 0, 1, 0])]),
    ]

    @Test("A client that makes us reset its streams is cut off as well (CVE-2025-8671)", arguments: provocations)
    func endsMadeYouReset(_ name: String, _ frames: [WireFrame]) {
        let server = HTTP2Endpoint.server()
        var opened: UInt32 = 0
        while server.failure == nil, opened < 1_000 {
            let id = 2 * opened + 1
            server.receive(.headers(id, WireField.get))
            for var frame in frames {
                frame.stream = id
                if frame.type == 2, frame.payload.count == 5 { frame.payload = WireFrame.word(id) + [0] }
                server.receive(frame)
            }
            opened += 1
        }
        #expect(opened == 201)
        #expect(server.failure == .resetFlood)
    }

    @Test("Malformed requests in masses are the same attack")
    func endsMalformedFlood() {
        let server = HTTP2Endpoint.server()
        for number in 0..<201 as Range<UInt32> { server.receive(.headers(2 * number + 1, [])) }
        #expect(server.failure == .resetFlood)
    }

    @Test("Memory is bounded whatever closes: twenty thousand streams leave nothing behind")
    func boundsClosedStreams() {
        let server = HTTP2Endpoint.server()
        server.isChecked = false
        let request = WireField.block(WireField.get)
        for number in 0..<20_000 as Range<UInt32> {
            server.nowNanos += 100_000_000
            server.receive(WireFrame(1, flags: 5, stream: 2 * number + 1, request))
            if number % 3 == 0 {
                server.connection.resetStream(2 * number + 1, .cancel)
            } else {
                server.respond(2 * number + 1)
            }
            server.clear()
        }
        #expect(server.failure == nil)
        #expect(server.connection.streamCount == 0)
        #expect(server.connection.streams.placeCount == 8)
    }

    @Test("Limits outside HTTP/2's ranges are brought into them")
    func normalizes() {
        let limits = Self.limits {
            $0.frameBytes = 1
            $0.streamWindowBytes = .max
            $0.connectionWindowBytes = 1
            $0.maxConcurrentStreams = -1
            $0.decoderTableBytes = -1
        }.normalized
        #expect(limits.frameBytes == 16_384)
        #expect(limits.streamWindowBytes == 0x7FFF_FFFF)
        #expect(limits.connectionWindowBytes == 65_535)
        #expect(limits.maxConcurrentStreams == 1)
        #expect(limits.decoderTableBytes == 0)
    }
}
