/// The contract's body of an error, and the fields it asks for with some codes.
enum RefusalBody {
    /// In bytes; ids and messages need no escapes.
    static func length(_ error: GatewayError, _ id: UnsafeRawBufferPointer) -> Int {
        let fixed = #"{"code":"","message":"","request_id":""}"#.utf8.count
        return fixed + error.code.literal.utf8CodeUnitCount + error.message.utf8CodeUnitCount + id.count
    }

    static func append(_ error: GatewayError, _ id: UnsafeRawBufferPointer, _ writer: inout HeadWriter) {
        writer.append(#"{"code":""#)
        writer.append(error.code.literal)
        writer.append(#"","message":""#)
        writer.append(error.message)
        writer.append(#"","request_id":""#)
        writer.append(id)
        writer.append(#""}"#)
    }

    /// The most that ``appendFields(_:_:_:)`` writes.
    static let fieldBytes = 256

    static func appendFields(_ code: ErrorCode, _ state: ExchangeState, _ writer: inout HeadWriter) {
        if let rate = state.rate { RateFields.append(rate, &writer) }
        switch code {
        case .methodNotAllowed: writer.append("Allow: GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS\r\n")
        case .unauthenticated: writer.append("WWW-Authenticate: Bearer\r\n")
        case .rateLimited, .overloaded, .circuitOpen:
            writer.append("Retry-After: ")
            writer.append(decimal: state.retryAfterSeconds)
            writer.append("\r\n")
        default: break
        }
    }
}
