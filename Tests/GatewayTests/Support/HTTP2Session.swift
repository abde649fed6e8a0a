import TestSupport

@testable import Gateway

/// One side of an HTTP/2 connection over a real one, blocking: a client of the gateway's, or a script of an upstream's.
final class HTTP2Session {
    let endpoint: HTTP2Endpoint
    private let descriptor: Int32
    /// Closes the connection when nobody needs it.
    private let owner: AnyObject

    /// A client, which has sent its preface.
    init(_ client: RawClient) {
        endpoint = HTTP2Endpoint(.client)
        descriptor = client.descriptor
        owner = client
        flush()
    }

    /// The server of an upstream's connection.
    init(_ peer: UpstreamPeer) {
        endpoint = HTTP2Endpoint(.server)
        descriptor = peer.descriptor
        owner = peer
        flush()
    }

    /// Sends what the endpoint has to send, and frames of one's own.
    func flush(_ frames: WireFrame...) {
        Loopback.send(descriptor, endpoint.takeOutput() + frames.flatMap(\.bytes))
    }

    /// Reads until `isDone`; false when the connection ends before.
    func read(until isDone: (HTTP2Endpoint) -> Bool) -> Bool {
        while !isDone(endpoint) {
            let bytes = Loopback.receive(descriptor)
            guard !bytes.isEmpty, endpoint.failure == nil else { return false }
            endpoint.receive(bytes)
            flush()
        }
        return true
    }

    /// Asks for a path of the cell `erp`; gives the stream.
    func get(_ path: String) -> UInt32? {
        let stream = endpoint.request([
            WireField(":method", "GET"), WireField(":scheme", "http"), WireField(":path", "/api/v1/erp\(path)"),
            WireField(":authority", "h"),
        ])
        flush()
        return stream
    }

    /// The next answer's head.
    func head() -> [String: String]? {
        let before = endpoint.sections.count
        guard read(until: { $0.sections.count > before }) else { return nil }
        let fields = endpoint.sections[before].map {
            (String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self))
        }
        return Dictionary(fields) { first, _ in first }
    }
}
