import Testing

@testable import Gateway

/// What a peer sends after the connection's start, and what must come of it.
struct ProtocolCase: CustomTestStringConvertible, Sendable {
    enum Outcome: Equatable, Sendable {
        /// The connection lives and no stream failed.
        case fine
        /// GOAWAY with this code.
        case connection(HTTP2ErrorCode)
        /// RST_STREAM with this code on this stream, and the connection lives.
        case stream(UInt32, HTTP2ErrorCode)
    }

    /// Begins with the section of h2spec or of the RFC.
    var name: String
    var frames: [UInt8]
    var outcome: Outcome

    init(_ name: String, _ frames: [WireFrame], _ outcome: Outcome) {
        self.name = name
        self.frames = frames.flatMap(\.bytes)
        self.outcome = outcome
    }

    init(_ name: String, bytes: [UInt8], _ outcome: Outcome) {
        self.name = name
        frames = bytes
        self.outcome = outcome
    }

    var testDescription: String { name }

    /// Plays the case, whole or in pieces, and checks what the endpoint says and sends.
    func check(_ endpoint: HTTP2Endpoint, pieceBytes: Int = .max) {
        var at = 0
        while at < frames.count {
            let end = pieceBytes < frames.count - at ? at + pieceBytes : frames.count
            endpoint.receive(Array(frames[at..<end]))
            at = end
        }
        let lives = endpoint.failure == nil
        if lives { endpoint.receive(.ping(77)) }
        let sent = endpoint.sentFrames
        let goAway = sent.last { $0.type == 7 }
        switch outcome {
        case .fine:
            #expect(endpoint.failure == nil)
            #expect(!sent.contains { $0.type == 3 || $0.type == 7 })
        case .connection(let code):
            #expect(endpoint.failure?.code == code)
            #expect(goAway?.payload.suffix(4) == WireFrame.word(code.rawValue)[...])
            #expect(sent.last?.type == 7)
        case .stream(let stream, let code):
            #expect(endpoint.failure == nil)
            #expect(sent.contains(WireFrame.reset(stream, code.rawValue)))
            let fault = endpoint.events.compactMap { event -> HTTP2Fault? in
                if case .streamFailed(stream, let fault) = event { return fault }
                return nil
            }
            #expect(fault.first?.code == code)
        }
        if lives { #expect(sent.contains { $0.type == 6 && $0.flags == 1 && $0.payload.last == 77 }) }
    }
}
