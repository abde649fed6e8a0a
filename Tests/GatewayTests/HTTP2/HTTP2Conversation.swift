import TestSupport

@testable import Gateway

/// A client and a server that exchange random messages over links that cut and delay; what arrived is compared with
/// what was sent. Everything follows from the seed.
final class HTTP2Conversation {
    /// A message on its way.
    private struct Message {
        var fields: [WireField]
        var body: [UInt8]
        var trailers: [WireField]?
        var sentBytes = 0
        var isEnded = false
    }

    private struct Arrived {
        var fields: [WireField]?
        var trailers: [WireField]?
        var isEnded = false
        /// Not yet told as used up.
        var heldBytes = 0
    }

    /// One side: its machine, what it sends and what came, by stream.
    private final class Side {
        let endpoint: HTTP2Endpoint
        var sending: [UInt32: Message] = [:]
        var arrived: [UInt32: Arrived] = [:]
        var lost: Set<UInt32> = []
        var link: [UInt8] = []
        var seenEvents = 0
        var seenSections = 0

        init(_ role: HTTP2Role, limits: HTTP2Limits) {
            endpoint = HTTP2Endpoint(role, limits: limits)
            endpoint.consumesAtOnce = false
        }
    }

    private var random: SeededGenerator
    private let client: Side
    private let server: Side
    private var requests: [UInt32: Message] = [:]
    private var responses: [UInt32: Message] = [:]
    private(set) var complaints: [String] = []
    private(set) var completeStreams = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        client = Side(.client, limits: Self.limits(&random))
        server = Side(.server, limits: Self.limits(&random))
    }

    private static func limits(_ random: inout SeededGenerator) -> HTTP2Limits {
        var limits = HTTP2Limits()
        limits.maxConcurrentStreams = random.int(1...20)
        limits.streamWindowBytes = random.oneIn(3) ? random.int(1...2_000) : random.int(1_000...100_000)
        limits.connectionWindowBytes = random.int(65_535...200_000)
        limits.decoderTableBytes = random.oneIn(3) ? 4_096 : random.int(0...8_192)
        limits.encoderTableBytes = random.int(0...8_192)
        limits.frameBytes = random.oneIn(2) ? 16_384 : 30_000
        // Small windows make many small frames.
        limits.emptyFramesPerSecond = 1_000_000
        return limits
    }

    /// Runs it to its end.
    func run(streams: Int) {
        var opened = 0
        var steps = 0
        while opened < streams || client.endpoint.connection.streamCount + client.link.count + server.link.count > 0
            || !client.endpoint.connection.output.isEmpty || !server.endpoint.connection.output.isEmpty
            || client.arrived.values.contains(where: { $0.heldBytes > 0 })
            || server.arrived.values.contains(where: { $0.heldBytes > 0 })
        {
            steps += 1
            guard steps < 200_000 else {
                complaints.append("no end after \(steps) steps")
                return
            }
            step(&opened, streams)
            guard complaints.isEmpty else { return }
        }
        finish()
    }

    private func step(_ opened: inout Int, _ streams: Int) {
        for side in [client, server] { side.endpoint.nowNanos += 1_000_000 }
        switch random.int(0...9) {
        case 0, 1: if opened < streams, open() { opened += 1 }
        case 2: answer()
        case 3: push(client)
        case 4: push(server)
        case 5: use(random.oneIn(2) ? client : server)
        case 6: if random.oneIn(20) { disturb() }
        case 7: move(client, server)
        default: move(server, client)
        }
    }

    // MARK: - Messages

    private func message(_ pseudo: [WireField]) -> Message {
        var fields = pseudo
        for _ in 0..<random.int(0...8) {
            let name =
                random.oneIn(2) ? "x-\(random.int(0...9))" : ["accept", "server", "cookie", "vary"][random.int(0...3)]
            let value = random.oneIn(2) ? "v\(random.int(0...3))" : String(repeating: "z", count: random.int(0...400))
            fields.append(WireField(name, value))
        }
        let length = random.oneIn(3) ? 0 : random.oneIn(4) ? random.int(0...60_000) : random.int(0...3_000)
        let trailers = random.oneIn(4) ? [WireField("x-sum", "\(length)")] : nil
        if random.oneIn(2) { fields.append(WireField("content-length", "\(length)")) }
        let salt = random.int(0...255)
        return Message(
            fields: fields, body: (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8 ^ salt) },
            trailers: trailers)
    }

    private func open() -> Bool {
        guard client.endpoint.connection.canOpenStream else { return false }
        var message = message(random.oneIn(3) ? WireField.get : WireField.post)
        message.isEnded = message.body.isEmpty && message.trailers == nil && random.oneIn(2)
        guard let id = client.endpoint.request(message.fields, end: message.isEnded) else { return false }
        client.sending[id] = message
        requests[id] = message
        return true
    }

    /// The server answers some request whose head it has.
    private func answer() {
        let waiting = server.arrived.keys.filter { responses[$0] == nil && !server.lost.contains($0) }.sorted()
        guard let id = waiting.randomElement(using: &random) else { return }
        if random.oneIn(5) { _ = server.endpoint.respond(id, [WireField(":status", "103")], end: false) }
        var message = message(WireField.ok)
        message.isEnded = message.body.isEmpty && message.trailers == nil && random.oneIn(2)
        guard server.endpoint.respond(id, message.fields, end: message.isEnded) else { return }
        server.sending[id] = message
        responses[id] = message
    }

    /// A side sends a piece of some body.
    private func push(_ side: Side) {
        let open = side.sending.filter { !$0.value.isEnded && !side.lost.contains($0.key) }.keys.sorted()
        guard let id = open.randomElement(using: &random), var message = side.sending[id] else { return }
        let rest = message.body.count - message.sentBytes
        let count = min(rest, random.int(0...20_000))
        let isLast = count == rest
        let piece = Array(message.body[message.sentBytes..<(message.sentBytes + count)])
        let ends = isLast && message.trailers == nil
        guard let accepted = side.endpoint.send(id, piece, end: ends) else {
            complaints.append("stream \(id) cannot send")
            return
        }
        message.sentBytes += accepted
        if accepted == count, isLast {
            if let trailers = message.trailers { _ = side.endpoint.trailers(id, trailers) }
            message.isEnded = true
        }
        side.sending[id] = message
    }

    private func use(_ side: Side) {
        let holding = side.arrived.filter { $0.value.heldBytes > 0 }.keys.sorted()
        guard let id = holding.randomElement(using: &random), let held = side.arrived[id]?.heldBytes else { return }
        let count = random.oneIn(2) ? held : random.int(1...held)
        side.arrived[id]?.heldBytes -= count
        side.endpoint.connection.consumed(id, count)
    }

    /// A reset, a ping, or new settings.
    private func disturb() {
        let side = random.oneIn(2) ? client : server
        switch random.int(0...2) {
        case 0:
            let known = (side === client ? Array(client.sending.keys) : Array(server.arrived.keys)).sorted()
            guard let id = known.randomElement(using: &random) else { return }
            side.endpoint.connection.resetStream(id, .cancel)
            for side in [client, server] { side.lost.insert(id) }
        default: side.endpoint.connection.ping(random.next())
        }
    }

    // MARK: - Links

    /// Carries some bytes from a machine to the other one, cut anywhere.
    private func move(_ from: Side, _ to: Side) {
        from.link += from.endpoint.takeOutput(random.int(0...40_000))
        let count = random.oneIn(3) ? from.link.count : min(from.link.count, random.int(0...20_000))
        let piece = Array(from.link.prefix(count))
        from.link.removeFirst(count)
        to.endpoint.receive(piece)
        if let failure = to.endpoint.failure { complaints.append("\(to.endpoint.connection.role): \(failure)") }
        note(to)
    }

    private func note(_ side: Side) {
        for event in side.endpoint.events[side.seenEvents...] {
            switch event {
            case .head(let id, let ends):
                side.arrived[id, default: Arrived()].fields = section(side)
                if ends { side.arrived[id]?.isEnded = true }
            case .interim: _ = section(side)
            case .trailers(let id):
                side.arrived[id]?.trailers = section(side)
                side.arrived[id]?.isEnded = true
            case .data(let id, let range, let ends):
                side.arrived[id]?.heldBytes += range.count
                if ends { side.arrived[id]?.isEnded = true }
            case .streamReset(let id, _): for side in [client, server] { side.lost.insert(id) }
            case .streamFailed(let id, .streamRefused): for side in [client, server] { side.lost.insert(id) }
            case .streamFailed(let id, let fault): complaints.append("stream \(id): \(fault)")
            default: break
            }
        }
        side.seenEvents = side.endpoint.events.count
    }

    private func section(_ side: Side) -> [WireField] {
        defer { side.seenSections += 1 }
        return side.endpoint.sections[side.seenSections]
    }

    // MARK: - The end

    private func finish() {
        compare(requests, server)
        compare(responses, client)
        for (side, other) in [(client, server), (server, client)] {
            let window = side.endpoint.connection.receiveWindow
            if window.remaining + window.owed != window.target { complaints.append("window \(window)") }
            if other.endpoint.connection.sendWindow != window.remaining {
                complaints.append("sender's window \(other.endpoint.connection.sendWindow), receiver's \(window)")
            }
            let isDone = side.endpoint.connection.streamCount == 0 && side.endpoint.connection.invariants
            if !isDone || side.endpoint.connection.streams.placeCount > 64 { complaints.append("streams are left") }
        }
    }

    private func compare(_ sent: [UInt32: Message], _ side: Side) {
        let bodies = side.endpoint.bodies
        for (id, message) in sent where !client.lost.contains(id) {
            guard let found = side.arrived[id], found.isEnded else {
                complaints.append("stream \(id) did not arrive")
                continue
            }
            completeStreams += 1
            if found.fields != message.fields { complaints.append("stream \(id): other fields") }
            if bodies[id, default: []] != message.body { complaints.append("stream \(id): other body") }
            if found.trailers != message.trailers { complaints.append("stream \(id): other trailers") }
        }
        for id in side.arrived.keys where client.lost.contains(id) {
            if let message = sent[id], !message.body.starts(with: bodies[id, default: []]) {
                complaints.append("stream \(id): other beginning")
            }
        }
    }
}
