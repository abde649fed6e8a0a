import NIOCore

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

    /// Appends the head to `out`; `source` holds the upstream's head.
    func write(_ head: borrowing ResponseHead, _ requestID: [UInt8], _ source: ByteBuffer, to out: inout ByteBuffer) {
        let bound = head.byteCount * 2 + 256 + requestID.count
        let bytes = source.readableBytesUInt8Span
        source.withUnsafeReadableBytes { raw in
            _ = out.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { target in
                var writer = HeadWriter(target)
                writer.appendStatusLine(head.status)
                Self.writeFields(head.fields, bytes, raw, &writer)
                if !head.isInformational {
                    writer.append("X-Request-Id: ")
                    writer.append(requestID)
                    writer.append("\r\n")
                    writeFraming(&writer)
                }
                writer.append("\r\n")
                return writer.count
            }
        }
    }

    private static func writeFields(
        _ fields: borrowing FieldSection, _ bytes: Span<UInt8>, _ raw: UnsafeRawBufferPointer,
        _ writer: inout HeadWriter
    ) {
        for line in fields.lines {
            if line.known != .other, line.known != .underscored {
                if line.known.isHopByHop || line.known == .requestID { continue }
            }
            if fields.connectionNamesFields, fields.isNamedByConnection(line.name, bytes) { continue }
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
