/// How a body is delimited (RFC 9112 section 6).
enum BodyFraming: Equatable {
    case none
    case length(Int)
    case chunked
    /// Responses only: the body ends with the connection.
    case untilClose
}

extension FieldSection {
    /// The framing these fields declare, nil when they declare none. Strict: one `Content-Length` of digits, or one
    /// `Transfer-Encoding` that is exactly `chunked`, never both.
    func declaredFraming(_ bytes: Span<UInt8>, version: HTTPVersion) throws(SyntaxFault) -> BodyFraming? {
        if transferEncodingFields > 0 {
            if contentLengthFields > 0 { throw .lengthWithTransferCoding }
            if version == .http10 { throw .transferCodingInOldVersion }
            guard transferEncodingFields == 1, let line = first(.transferEncoding),
                bytes.equals(line.value, "chunked")
            else { throw .transferCoding }
            return .chunked
        }
        guard contentLengthFields > 0 else { return nil }
        guard contentLengthFields == 1, let line = first(.contentLength) else { throw .duplicateContentLength }
        guard let length = DecimalNumber.parse(bytes, line.value) else { throw .contentLength }
        return .length(length)
    }
}

/// Digits of outside origin.
enum DecimalNumber {
    /// Digits only, at least one; nil when malformed or beyond `Int`.
    static func parse(_ bytes: Span<UInt8>, _ slice: ByteSlice) -> Int? {
        guard !slice.isEmpty else { return nil }
        var value = 0
        for index in slice.lower..<slice.upper {
            let byte = bytes[index]
            guard ByteClass.isDigit(byte) else { return nil }
            let scaled = value.multipliedReportingOverflow(by: 10)
            let sum = scaled.partialValue.addingReportingOverflow(Int(byte &- 0x30))
            if scaled.overflow || sum.overflow { return nil }
            value = sum.partialValue
        }
        return value
    }
}
