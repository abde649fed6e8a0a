/// What heads of answers are made of.
extension HTTP2Connection {
    mutating func addStatus(_ status: Int) {
        var digits: (UInt8, UInt8, UInt8) = (
            0x30 &+ UInt8(truncatingIfNeeded: status / 100 % 10), 0x30 &+ UInt8(truncatingIfNeeded: status / 10 % 10),
            0x30 &+ UInt8(truncatingIfNeeded: status % 10)
        )
        withUnsafeBytes(of: &digits) { add(":status", $0) }
    }

    mutating func add(_ name: StaticString, _ value: [UInt8]) {
        value.withUnsafeBytes { add(name, $0) }
    }

    mutating func add(_ name: StaticString, decimal value: Int) {
        withUnsafeTemporaryAllocation(byteCount: 24, alignment: 1) { room in
            var writer = HeadWriter(room)
            writer.append(decimal: value)
            add(name, UnsafeRawBufferPointer(rebasing: room[..<writer.count]))
        }
    }

    mutating func add(length: Int) { add("content-length", decimal: length) }

    /// A field of the gateway's own; bytes that a field cannot have are left out.
    mutating func add(field name: String, _ value: String) {
        let name = Array(name.utf8.filter { ByteClass.isToken($0) })
        let value = Array(value.utf8.filter { ByteClass.isFieldValue($0) })
        name.withUnsafeBytes { name in value.withUnsafeBytes { add(name, $0) } }
    }

    /// An answer's fields that do not end at this hop.
    mutating func addPassing(_ fields: borrowing FieldSection, _ raw: UnsafeRawBufferPointer) {
        let bytes = raw.bytes.span
        for line in fields.lines {
            if line.known != .other, line.known.isHopByHop || line.known == .requestID { continue }
            if fields.connectionNamesFields, fields.isNamedByConnection(line.name, bytes) { continue }
            add(raw.part(line.name.lower, line.name.upper), raw.part(line.value.lower, line.value.upper))
        }
    }

    mutating func add(_ rate: RateDecision) {
        add("ratelimit-limit", decimal: rate.limit)
        add("ratelimit-remaining", decimal: rate.isAllowed ? rate.remaining : 0)
        add("ratelimit-reset", decimal: rate.resetSeconds)
    }

    mutating func addRefusalFields(_ code: ErrorCode, _ state: ExchangeState) {
        if let rate = state.rate { add(rate) }
        switch code {
        case .methodNotAllowed: add("allow", "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS")
        case .unauthenticated: add("www-authenticate", "Bearer")
        case .rateLimited, .overloaded, .circuitOpen: add("retry-after", decimal: state.retryAfterSeconds)
        default: break
        }
    }
}
