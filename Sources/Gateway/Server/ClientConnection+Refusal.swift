import NIOCore

/// Answers the gateway makes itself.
extension ClientConnection {
    /// Answers with the error's body. A request whose body has not been read ends the connection.
    func refuse(_ error: GatewayError, closing: Bool = false) {
        let now = SteadyTime.nanos()
        noteUpstreamTime(now: now)
        if closing || !exchange.requestDone || loop.isDraining { exchange.keepAlive = false }
        loop.telemetry?.countRejection(error.reason)
        writeRefusal(error)
        exchange.status = error.code.status
        record(status: error.code.status, code: error.code, now: now)
        if exchange.keepAlive {
            resetForNextRequest(now: now)
        } else {
            beginLinger()
        }
    }

    private func writeRefusal(_ error: GatewayError) {
        let code = error.code
        let message = error.message
        let id = identity.requestID
        let fixed = #"{"code":"","message":"","request_id":""}"#.utf8.count
        let length = fixed + code.literal.utf8CodeUnitCount + message.utf8CodeUnitCount + id.count
        let date = loop.dateBytes()
        var out = loop.takeScratch()
        _ = out.writeWithUnsafeMutableBytes(minimumWritableBytes: 512 + length + id.count) { target in
            var writer = HeadWriter(target)
            writer.appendStatusLine(code.status)
            writer.append("Content-Type: application/json\r\nContent-Length: ")
            writer.append(decimal: length)
            writer.append("\r\nDate: ")
            writer.append(date)
            writer.append("\r\nX-Request-Id: ")
            writer.append(id)
            writer.append("\r\n")
            Self.appendExtras(code, &writer)
            if !exchange.keepAlive { writer.append("Connection: close\r\n") }
            writer.append("\r\n")
            if parser.head.method != .head {
                writer.append(#"{"code":""#)
                writer.append(code.literal)
                writer.append(#"","message":""#)
                writer.append(message)
                writer.append(#"","request_id":""#)
                writer.append(id)
                writer.append(#""}"#)
            }
            return writer.count
        }
        writeAndFlush(out)
        loop.put(back: out)
        exchange.responseBytes = parser.head.method == .head ? 0 : length
    }

    /// Fields the contract asks for with some codes.
    private static func appendExtras(_ code: ErrorCode, _ writer: inout HeadWriter) {
        switch code {
        case .methodNotAllowed: writer.append("Allow: GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS\r\n")
        case .unauthenticated: writer.append("WWW-Authenticate: Bearer\r\n")
        case .rateLimited, .overloaded, .circuitOpen: writer.append("Retry-After: 1\r\n")
        default: break
        }
    }

    /// `OPTIONS *` asks what the server as a whole can do.
    func answerAsterisk() {
        exchange.isLocal = true
        send(
            LocalResponse(
                status: 204, contentType: "",
                headers: [("Allow", "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS")]))
    }
}
