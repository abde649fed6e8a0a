/// The head a client gets, written anew from the upstream's. Hot path: benchmark `gateway`.
struct ForwardedResponse {
    /// How the body is sent on.
    enum Delivery: Equatable {
        /// No body follows; the length is what a GET would have told.
        case none(declaredLength: Int?)
        case length(Int)
        case chunked
        /// HTTP/1.0: the end of the connection is the end of the body.
        case untilClose
    }

    let delivery: Delivery
    let clientVersion: HTTPVersion
    let keepAlive: Bool
    /// Told to the client.
    let rate: RateDecision?

    /// The most bytes that ``write(_:_:_:to:)`` writes.
    func bound(_ head: borrowing ResponseHead, _ requestID: UnsafeRawBufferPointer) -> Int {
        head.byteCount * 2 + 256 + RateFields.longestBytes + requestID.count
    }

    /// Writes the head and returns its length; `raw` is the upstream's head.
    func write(
        _ head: borrowing ResponseHead, _ requestID: UnsafeRawBufferPointer, _ raw: UnsafeRawBufferPointer,
        to target: UnsafeMutableRawBufferPointer
    ) -> Int {
        var writer = HeadWriter(target)
        writer.appendStatusLine(head.status)
        Self.writeFields(head.fields, raw.bytes.span, raw, &writer)
        if !head.isInformational {
            if let rate { RateFields.append(rate, &writer) }
            writer.append("X-Request-Id: ")
            writer.append(requestID)
            writer.append("\r\n")
            writeFraming(&writer)
        } else if head.status == 101 {
            writer.append("Connection: upgrade\r\n")
            for line in head.fields.lines where line.known == .upgrade { writer.append(raw, line) }
        }
        writer.append("\r\n")
        return writer.count
    }

    private static func writeFields(
        _ fields: borrowing FieldSection, _ bytes: Span<UInt8>, _ raw: UnsafeRawBufferPointer,
        _ writer: inout HeadWriter
    ) {
        let names = fields.connectionNamesFields
        fields.forEach { line in
            if line.known != .other, line.known != .underscored {
                if line.known.isHopByHop || line.known == .requestID { return }
            }
            if names, fields.isNamedByConnection(line.name, bytes) { return }
            writer.append(raw, line)
        }
    }

    private func writeFraming(_ writer: inout HeadWriter) {
        switch delivery {
        case .none(.some(let length)), .length(let length):
            writer.append("Content-Length: ")
            writer.append(decimal: length)
            writer.append("\r\n")
        case .chunked: writer.append("Transfer-Encoding: chunked\r\n")
        case .none(.none), .untilClose: break
        }
        if !keepAlive {
            writer.append("Connection: close\r\n")
        } else if clientVersion == .http10 {
            writer.append("Connection: keep-alive\r\n")
        }
    }
}
