@testable import Gateway

/// What any bytes may be given to; a fuzzer's entry.
enum HTTP2FuzzChecks {
    /// Plays bytes to both roles: some of them choose how they are cut and what the caller does meanwhile. Traps when a
    /// machine contradicts itself, or asks its caller to buffer more than it said.
    static func run(_ bytes: [UInt8]) {
        for role in [HTTP2Role.server, .client] {
            play(role, bytes, withStart: true)
            play(role, bytes, withStart: false)
        }
    }

    private static func play(_ role: HTTP2Role, _ bytes: [UInt8], withStart: Bool) {
        let endpoint = HTTP2Endpoint(role)
        if withStart { endpoint.receive(role == .server ? WireFrame.start : WireFrame.noSettings.bytes) }
        if role == .client { for _ in 0..<3 { endpoint.request(WireField.post, end: false) } }
        let pieceBytes = 1 + Int(bytes.first ?? 0)
        var at = 0
        var seen = 0
        while at < bytes.count, endpoint.failure == nil {
            let end = min(at + pieceBytes, bytes.count)
            endpoint.receive(Array(bytes[at..<end]))
            at = end
            precondition(endpoint.pending.count <= endpoint.connection.limits.frameBytes + 9, "more than was said")
            react(endpoint, &seen, bytes[end - 1])
        }
        precondition(endpoint.connection.streamCount <= endpoint.connection.limits.maxConcurrentStreams + 3)
    }

    /// What a caller might do, chosen by a byte.
    private static func react(_ endpoint: HTTP2Endpoint, _ seen: inout Int, _ choice: UInt8) {
        for event in endpoint.events[seen...] {
            guard case .head(let stream, _) = event else { continue }
            switch choice & 7 {
            case 0: endpoint.connection.resetStream(stream, .cancel)
            case 1: endpoint.respond(stream)
            case 2:
                endpoint.respond(stream, WireField.ok + [WireField("content-length", "3")], end: false)
                _ = endpoint.send(stream, [1, 2, 3], end: true)
            case 3:
                endpoint.respond(stream, end: false)
                _ = endpoint.send(stream, [UInt8](repeating: choice, count: 100_000))
                endpoint.trailers(stream, [WireField("x", "1")])
            case 4: endpoint.connection.goAway(.noError)
            default: break
            }
        }
        seen = endpoint.events.count
        if choice & 8 != 0 { _ = endpoint.takeOutput(Int(choice)) }
        precondition(endpoint.connection.invariants || endpoint.failure != nil, "the machine contradicts itself")
    }
}
