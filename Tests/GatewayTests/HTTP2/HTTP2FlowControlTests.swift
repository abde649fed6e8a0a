import Testing

@testable import Gateway

/// RFC 9113 sections 5.2 and 6.9, both directions.
struct HTTP2FlowControlTests {
    private static func limits(stream: Int, connection: Int = 1_048_576) -> HTTP2Limits {
        var limits = HTTP2Limits()
        limits.streamWindowBytes = stream
        limits.connectionWindowBytes = connection
        return limits
    }

    private static func server(stream: Int, connection: Int = 1_048_576) -> HTTP2Endpoint {
        let server = HTTP2Endpoint.server(limits: limits(stream: stream, connection: connection))
        server.receive(.settingsAcknowledgement, .headers(1, WireField.post, end: false))
        server.consumesAtOnce = false
        server.clear()
        return server
    }

    private static func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 1, count: count) }

    // MARK: - Receiving

    @Test("6.9 DATA comes through as it arrives, without waiting for its frame")
    func passesPieces() {
        let server = Self.server(stream: 100_000)
        let frame = WireFrame.data(1, Array(0..<100), end: true).bytes
        server.receive(Array(frame[..<59]))
        #expect(server.events == [.data(stream: 1, range: 9..<59, endStream: false)])
        #expect(server.pending.isEmpty)
        server.receive(Array(frame[59...]))
        #expect(server.events.last == .data(stream: 1, range: 0..<50, endStream: true))
        #expect(server.bodies[1] == Array(0..<100))
    }

    @Test("6.1 The end of a padded frame comes when its padding has come")
    func endsBehindPadding() {
        let server = Self.server(stream: 100_000)
        let frame = WireFrame(0, flags: 9, stream: 1, [3, 7, 7, 0, 0, 0]).bytes
        server.receive(Array(frame[..<13]))
        #expect(server.events == [.data(stream: 1, range: 10..<12, endStream: false)])
        server.receive(Array(frame[13...]))
        #expect(server.events.last == .data(stream: 1, range: 0..<0, endStream: true))
    }

    @Test("6.9 A frame beyond the stream's window resets the stream")
    func refusesOverrun() {
        let server = Self.server(stream: 1_000)
        server.receive(.data(1, Self.bytes(1_000)), .data(1, [1]))
        #expect(server.events.last == .streamFailed(stream: 1, fault: .windowExceeded))
        #expect(server.sentFrames.contains(.reset(1, 3)))
        #expect(server.failure == nil)
    }

    @Test("6.9 A frame beyond the connection's window ends the connection")
    func refusesConnectionOverrun() {
        let server = Self.server(stream: 1_000_000, connection: 65_535)
        for _ in 0..<3 { server.receive(.data(1, Self.bytes(16_384))) }
        server.receive(.data(1, Self.bytes(16_383)), .data(1, [1]))
        #expect(server.failure == .windowExceeded)
        #expect(server.failure?.code == .flowControlError)
    }

    @Test("6.9.1 Padding counts in both windows, and is given back without the caller")
    func countsPadding() {
        let server = Self.server(stream: 1_000)
        // 3 bytes of data, 256 of padding and its length.
        server.receive(WireFrame(0, flags: 8, stream: 1, [255, 1, 2, 3] + Self.bytes(255)))
        server.receive(WireFrame(0, flags: 8, stream: 1, [255, 1, 2, 3] + Self.bytes(255)))
        #expect(server.sentFrames == [.windowUpdate(1, 512)])
        server.connection.consumed(1, 6)
        #expect(server.connection.receiveWindow.owed == 518)
    }

    @Test("Windows open again when half of them is used up, not earlier")
    func opensAtHalf() {
        let server = Self.server(stream: 1_000, connection: 65_535)
        server.receive(.data(1, Self.bytes(1_000)))
        server.connection.consumed(1, 499)
        #expect(server.sentFrames.isEmpty)
        server.connection.consumed(1, 1)
        #expect(server.sentFrames == [.windowUpdate(1, 500)])
        server.receive(.data(1, Self.bytes(500)))
        #expect(server.failure == nil)
        #expect(server.connection.streamCount == 1)
    }

    @Test("6.9 A stream whose end has come needs no WINDOW_UPDATE any more, the connection does")
    func keepsEndedClosed() {
        let server = Self.server(stream: 1_000, connection: 65_535)
        server.receive(.data(1, Self.bytes(1_000), end: true))
        server.connection.consumed(1, 1_000)
        #expect(server.sentFrames.isEmpty)
        #expect(server.connection.receiveWindow.owed == 1_000)
    }

    @Test("More than was received cannot be used up")
    func clampsConsumption() {
        let server = Self.server(stream: 1_000)
        server.receive(.data(1, Self.bytes(600)))
        server.connection.consumed(1, 1_000_000)
        server.connection.consumed(1, -5)
        server.connection.consumed(9, 5)
        #expect(server.sentFrames == [.windowUpdate(1, 600)])
        #expect(server.connection.invariants == true)
    }

    @Test("What a stream's caller has not used up goes back to the connection when the stream ends, however it does")
    func returnsUnconsumed() {
        for end in 0..<3 {
            let server = Self.server(stream: 100_000, connection: 100_000)
            server.receive(.data(1, Self.bytes(16_384)), .data(1, Self.bytes(16_384), end: end == 2))
            switch end {
            case 0: server.receive(.reset(1))
            case 1: server.connection.resetStream(1, .cancel)
            default: server.respond(1)
            }
            let window = server.connection.receiveWindow
            #expect(window.remaining + window.owed == window.target)
            server.connection.consumed(1, 32_768)
            #expect(server.connection.receiveWindow == window)
        }
    }

    @Test("A stream that is reset within a frame of DATA loses the rest of it")
    func skipsRestOfFrame() {
        let server = Self.server(stream: 100_000)
        let frame = WireFrame.data(1, Self.bytes(1_000)).bytes
        server.receive(Array(frame[..<500]))
        server.connection.resetStream(1, .cancel)
        let count = server.events.count
        server.receive(Array(frame[500...]) + WireFrame.ping().bytes)
        #expect(server.events.count == count)
        #expect(server.sentFrames.last?.type == 6)
    }

    @Test("6.9.2 A window below the default holds only from the acknowledgement on")
    func shrinksAtAcknowledgement() {
        let server = HTTP2Endpoint.server(limits: Self.limits(stream: 1_000))
        server.consumesAtOnce = false
        server.receive(.headers(1, WireField.post, end: false), .data(1, Self.bytes(10_000)))
        #expect(server.failure == nil)
        server.receive(.settingsAcknowledgement)
        // The window is -9,000 now.
        server.receive(.data(1, [1]))
        #expect(server.events.last == .streamFailed(stream: 1, fault: .windowExceeded))
    }

    // MARK: - Sending

    private static func sender(_ settings: [(UInt16, UInt32)] = []) -> HTTP2Endpoint {
        let server = HTTP2Endpoint.server()
        server.receive(.settings(settings), .headers(1, WireField.get))
        server.respond(1, end: false)
        server.clear()
        return server
    }

    @Test("6.9.1 With a window of 1, DATA goes out byte by byte")
    func sendsOneByte() {
        let server = Self.sender([(4, 1)])
        #expect(server.send(1, [1, 2, 3], end: true) == 1)
        #expect(server.sentFrames == [.data(1, [1])])
        #expect(server.send(1, [2, 3], end: true) == 0)
        #expect(server.sentFrames.isEmpty)
        server.receive(.windowUpdate(1, 2))
        #expect(server.events == [.streamWindowOpened(stream: 1)])
        #expect(server.send(1, [2, 3], end: true) == 2)
        #expect(server.sentFrames == [.data(1, [2, 3], end: true)])
    }

    @Test("The connection's window bounds all streams together")
    func boundsConnection() {
        let server = Self.sender([(4, 1_000_000)])
        #expect(server.send(1, Self.bytes(100_000)) == 65_535)
        #expect(server.send(1, Self.bytes(1)) == 0)
        server.receive(.windowUpdate(0, 10))
        #expect(server.events == [.connectionWindowOpened])
        #expect(server.connection.sendCapacity(1) == 10)
        server.receive(.windowUpdate(0, 10))
        #expect(server.events.count == 1)
    }

    @Test("6.9.2 SETTINGS_INITIAL_WINDOW_SIZE moves the windows of open streams, below 0 as well")
    func movesWindows() {
        let server = Self.sender([(4, 10)])
        #expect(server.send(1, Self.bytes(10)) == 10)
        server.receive(.settings([(4, 5)]))
        #expect(server.events == [.settingsChanged])
        server.receive(.windowUpdate(1, 5))
        #expect(server.connection.sendCapacity(1) == 0)
        server.receive(.windowUpdate(1, 1))
        #expect(server.events.last == .streamWindowOpened(stream: 1))
        server.receive(.settings([(4, 20)]))
        #expect(server.connection.sendCapacity(1) == 16)
    }

    @Test("4.2 DATA is cut into frames the peer takes, and END_STREAM stands on the last")
    func cutsFrames() {
        let server = Self.sender()
        #expect(server.send(1, Self.bytes(40_000), end: true) == 40_000)
        let frames = server.sentFrames
        #expect(frames.map(\.payload.count) == [16_384, 16_384, 7_232])
        #expect(frames.map(\.flags) == [0, 0, 1])
        #expect(server.connection.streamCount == 0)
        #expect(server.send(1, [1]) == nil)
    }

    @Test("An empty last frame needs no window")
    func sendsEmptyEnd() {
        let server = Self.sender([(4, 0)])
        #expect(server.send(1, [], end: true) == 0)
        #expect(server.sentFrames == [.data(1, [], end: true)])
        #expect(server.connection.streamCount == 0)
    }

    @Test("DATA needs a head before it and an open stream")
    func refusesData() {
        let server = HTTP2Endpoint.server()
        server.receive(.headers(1, WireField.get))
        #expect(server.send(1, [1]) == nil)
        #expect(server.send(3, [1]) == nil)
        #expect(server.trailers(1, []) == false)
        server.respond(1)
        #expect(server.respond(1) == false)
        #expect(server.trailers(1, []) == false)
    }

    @Test("8.1.1 A body that is shorter or longer than its content-length never looks whole")
    func guardsLength() {
        let fields = WireField.ok + [WireField("content-length", "5")]
        for (pieces, ends) in [([6], false), ([3, 3], false), ([4], true), ([], true)] as [([Int], Bool)] {
            let server = HTTP2Endpoint.server()
            server.receive(.headers(1, WireField.get))
            server.respond(1, fields, end: pieces.isEmpty)
            for piece in pieces { _ = server.send(1, Self.bytes(piece), end: ends) }
            let frames = server.sentFrames
            #expect(frames.last == .reset(1, 2))
            #expect(!frames.contains { $0.type <= 1 && $0.flags & 1 == 1 })
        }
        let good = HTTP2Endpoint.server()
        good.receive(.headers(1, WireField.get))
        good.respond(1, fields, end: false)
        #expect(good.send(1, Self.bytes(5), end: true) == 5)
    }

    @Test("6.10 A large head goes out as HEADERS and CONTINUATION")
    func splitsHead() {
        let server = HTTP2Endpoint.server()
        server.receive(.headers(1, WireField.get))
        let large = (0..<5).map { WireField("x-\($0)", String(repeating: "\u{1}", count: 8_000)) }
        server.respond(1, WireField.ok + large)
        let frames = server.sentFrames
        #expect(frames.map(\.type) == [1, 9, 9])
        #expect(frames.map(\.flags) == [1, 0, 4])
        let reader = HPACKReader(
            limits: {
                var limits = HTTP2Limits()
                limits.headerListBytes = 100_000
                limits.headerListHardBytes = 100_000
                return limits
            }())
        #expect(reader.decode(frames.flatMap(\.payload)) == nil)
        #expect(reader.fields == WireField.ok + large)
    }
}
