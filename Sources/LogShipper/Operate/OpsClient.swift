#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Asks the ops listener of a running shipper: one GET, an answer with a length, in chunks or until the end.
///
/// Its own few lines and not libcurl, because an answer that never ends is to be shown as it comes.
struct OpsClient {
    let address: ListenAddress

    /// The listener that a configuration names; one for all addresses is asked on loopback.
    init(_ configuration: ShipperConfiguration) throws(OpsFailure) {
        guard var address = ListenAddress(configuration.opsListen) else {
            throw OpsFailure(description: "ops.listen is empty: the shipper has no ops listener to ask")
        }
        if address.host == "0.0.0.0" { address.host = "127.0.0.1" }
        if address.host == "::" { address.host = "::1" }
        self.address = address
    }

    /// - Parameters:
    ///   - target: path and query
    ///   - patienceSeconds: how long to wait for the next byte
    ///   - body: gets the pieces of the body; false ends the exchange
    /// - Throws: when nobody listens, the answer breaks off, or its status is not 200.
    func get(
        _ target: String, patienceSeconds: Int = 10, _ body: (UnsafeRawBufferPointer) -> Bool
    ) throws(OpsFailure) {
        let descriptor = try connect(patienceSeconds)
        let request = Array("GET \(target) HTTP/1.1\r\nHost: \(name)\r\nConnection: close\r\n\r\n".utf8)
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes { bytes in
                retryingInterrupts {
                    send(
                        descriptor.number, bytes.baseAddress.map { $0 + sent }, request.count - sent,
                        Int32(MSG_NOSIGNAL))
                }
            }
            guard count > 0 else { throw failure("cannot be asked: \(String(cString: strerror(errno)))") }
            sent += count
        }
        try receive(descriptor, body)
    }

    private func receive(_ descriptor: OpenDescriptor, _ body: (UnsafeRawBufferPointer) -> Bool) throws(OpsFailure) {
        var parser = OpsAnswerParser()
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { bytes in
                retryingInterrupts { recv(descriptor.number, bytes.baseAddress, bytes.count, 0) }
            }
            if count < 0 { throw failure("does not answer: \(String(cString: strerror(errno)))") }
            let pieces = count == 0 ? parser.finish() : parser.take(buffer[..<count])
            guard let pieces else { throw failure("answered something that is no HTTP") }
            if let status = parser.status, status != 200 { throw failure("answered \(status)") }
            for piece in pieces where !piece.isEmpty {
                guard piece.withUnsafeBytes(body) else { return }
            }
            if parser.isComplete { return }
            if count == 0 { throw failure("broke off its answer") }
        }
    }

    private var name: String {
        "\(address.host.contains(":") ? "[\(address.host)]" : address.host):\(address.port)"
    }

    private func failure(_ what: String) -> OpsFailure {
        OpsFailure(description: "the shipper at \(name) (ops.listen) \(what)")
    }

    private func connect(_ patienceSeconds: Int) throws(OpsFailure) -> OpenDescriptor {
        do throws(SystemError) {
            return try address.connect(patienceSeconds: patienceSeconds)
        } catch {
            let isNobody = error.code == ECONNREFUSED
            throw failure(isNobody ? "does not run: nobody listens there" : "cannot be reached: \(error)")
        }
    }
}
