/// What is checked in every header section (RFC 9113 section 8.2).
extension HeaderBlock {
    /// Checks a field that is not a pseudo-header field and notes what it says.
    @inline(__always)
    mutating func checkRegular(_ index: Int) -> HTTP2Fault? {
        let field = fields[index]
        let all = readable.bytes
        var underscored = false
        guard !field.name.isEmpty else { return .fieldName }
        for at in field.name.lower..<field.name.upper {
            let byte = all[at]
            guard ByteClass.isToken(byte), byte &- 0x41 >= 26 else { return .fieldName }
            if byte == 0x5F { underscored = true }
        }
        guard Self.isValue(readable.part(field.value.lower, field.value.upper)) else { return .fieldValue }
        let known = underscored ? FieldName.underscored : FieldName.classify(all.span, field.name)
        guard known != .other else { return nil }
        classify(index, as: known)
        return checkKnown(known, field.value)
    }

    private mutating func checkKnown(_ known: FieldName, _ value: ByteSlice) -> HTTP2Fault? {
        switch known {
        // Section 8.2.2: these belong to one hop and do not exist here.
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade: return .connectionField
        case .te: return readable.bytes.span.equals(value, "trailers") ? nil : .teValue
        case .contentLength: return noteContentLength(value)
        case .host:
            guard pseudo.host.isEmpty else { return .authority }
            pseudo.host = value
            return Self.isAuthority(bytes(value)) ? nil : .authority
        default: return nil
        }
    }

    /// Digits only, once (RFC 9110 section 8.6; a repeated one is refused, as in HTTP/1).
    private mutating func noteContentLength(_ value: ByteSlice) -> HTTP2Fault? {
        guard contentLength == nil, !value.isEmpty, value.count <= 18 else { return .contentLength }
        var length = 0
        for byte in bytes(value) {
            guard ByteClass.isDigit(byte) else { return .contentLength }
            length = length * 10 + Int(byte &- 0x30)
        }
        contentLength = length
        return nil
    }

    /// No CR, LF, NUL (section 8.2.1) nor any other control byte, and no space at either end.
    @inline(__always)
    static func isValue(_ value: UnsafeRawBufferPointer) -> Bool {
        guard let first = value.first, let last = value.last else { return true }
        guard !ByteClass.isSpace(first), !ByteClass.isSpace(last) else { return false }
        for byte in value where !ByteClass.isFieldValue(byte) { return false }
        return true
    }

    /// Host and port by their characters only (RFC 3986 section 3.2): no user information, nothing of a path.
    static func isAuthority(_ value: UnsafeRawBufferPointer) -> Bool {
        // ! $ % & ' ( ) * + - . 0-9 : ; = | A-Z [ ] _ a-z ~
        let low: UInt64 = 0x2FFF_6FF2_0000_0000
        let high: UInt64 = 0x47FF_FFFE_AFFF_FFFE
        for byte in value {
            guard byte < 128 else { return false }
            let set = byte < 64 ? low >> UInt64(byte) : high >> UInt64(byte & 63)
            guard set & 1 == 1 else { return false }
        }
        return !value.isEmpty
    }

    /// Checks a trailer section: no pseudo-header fields (section 8.1), nothing that frames or routes (RFC 9110 section
    /// 6.5.1).
    mutating func checkTrailers() -> HTTP2Fault? {
        for index in 0..<fields.count {
            if readable[fields[index].name.lower...].first == 0x3A, !fields[index].name.isEmpty {
                return .pseudoInTrailers
            }
            if let fault = checkRegular(index) { return fault }
            if fields[index].known.isForbiddenInTrailer { return .trailerField }
        }
        return nil
    }
}
