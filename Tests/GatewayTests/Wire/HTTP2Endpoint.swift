@testable import Gateway

/// A machine with the buffer its caller has to keep, and a record of what came out.
final class HTTP2Endpoint {
    var connection: HTTP2Connection
    var nowNanos: UInt64 = 1_000_000_000_000
    private(set) var failure: HTTP2Fault?
    private(set) var events: [HTTP2Event] = []
    /// Fields of each head, interim, trailers and too large event, in order.
    private(set) var sections: [[WireField]] = []
    /// By stream: all data that came.
    private(set) var bodies: [UInt32: [UInt8]] = [:]
    /// Bytes that wait for more.
    private(set) var pending: [UInt8] = []
    /// Whether data counts as used up at once.
    var consumesAtOnce = true
    var isChecked = true

    init(_ role: HTTP2Role, limits: HTTP2Limits = HTTP2Limits()) {
        connection = HTTP2Connection(role, limits: limits)
    }

    /// A server that has had the client's preface and settings.
    static func server(limits: HTTP2Limits = HTTP2Limits()) -> HTTP2Endpoint {
        let server = HTTP2Endpoint(.server, limits: limits)
        server.receive(WireFrame.start)
        server.clear()
        return server
    }

    /// A client that has had the server's settings.
    static func client(
        limits: HTTP2Limits = HTTP2Limits(), settings: [(UInt16, UInt32)] = []
    ) -> HTTP2Endpoint {
        let client = HTTP2Endpoint(.client, limits: limits)
        client.receive(WireFrame.settings(settings).bytes)
        client.clear()
        return client
    }

    func clear() {
        events = []
        sections = []
        bodies = [:]
        _ = takeOutput()
    }

    func receive(_ frames: WireFrame...) {
        receive(frames.flatMap(\.bytes))
    }

    /// Gives bytes to the machine, as a shell would.
    func receive(_ bytes: [UInt8]) {
        pending += bytes
        let all = pending
        var offset = 0
        all.withUnsafeBytes { raw in
            do throws(HTTP2Fault) {
                while let event = try connection.receive(raw, at: &offset, nowNanos: nowNanos) { note(event, all) }
            } catch {
                failure = error
            }
        }
        pending.removeFirst(offset)
        precondition(!isChecked || failure != nil || connection.invariants, "the machine contradicts itself")
    }

    private func note(_ event: HTTP2Event, _ bytes: [UInt8]) {
        events.append(event)
        switch event {
        case .head, .interim, .trailers, .headersTooLarge: sections.append(WireField.all(connection.headers))
        case .data(let stream, let range, _):
            bodies[stream, default: []] += bytes[range]
            if consumesAtOnce { connection.consumed(stream, range.count) }
        default: break
        }
    }

    /// Takes up to `most` bytes of what the machine wants to send.
    func takeOutput(_ most: Int = .max) -> [UInt8] {
        let bytes = Array(connection.output.readable.prefix(most))
        connection.sent(bytes.count)
        return bytes
    }

    var sentFrames: [WireFrame] { WireFrame.all(takeOutput()) }

    // MARK: - Sending

    private func add(_ fields: [WireField]) {
        for field in fields {
            field.name.withUnsafeBytes { name in
                field.value.withUnsafeBytes { value in connection.add(name, value) }
            }
        }
    }

    @discardableResult
    func request(_ fields: [WireField] = WireField.get, end: Bool = true) -> UInt32? {
        guard let id = connection.openStream(nowNanos: nowNanos) else { return nil }
        add(fields)
        connection.endHead(endStream: end)
        return id
    }

    @discardableResult
    func respond(_ stream: UInt32, _ fields: [WireField] = WireField.ok, end: Bool = true) -> Bool {
        guard connection.beginHead(stream) else { return false }
        add(fields)
        connection.endHead(endStream: end)
        return true
    }

    @discardableResult
    func trailers(_ stream: UInt32, _ fields: [WireField]) -> Bool {
        guard connection.beginTrailers(stream) else { return false }
        add(fields)
        connection.endHead(endStream: true)
        return true
    }

    func send(_ stream: UInt32, _ bytes: [UInt8], end: Bool = false) -> Int? {
        bytes.withUnsafeBytes { connection.sendData(stream, $0, endStream: end) }
    }
}
