/// The contract's rule for the tenant of a request.
enum TenantRule {
    /// What the tenant header says.
    enum Verdict: Equatable {
        /// No header, or an empty one.
        case absent
        /// A well-formed id.
        case named(ByteSlice)
        /// Repeated or malformed; the slice is the first value, for the log.
        case refused(ByteSlice)
    }

    /// The longest id in bytes.
    static let longestID = 64

    /// Two headers are refused even when equal: whoever reads the first and whoever reads the last must agree.
    static func judge(_ bytes: Span<UInt8>, _ fields: borrowing FieldSection) -> Verdict {
        switch fields.count(.tenant) {
        case 0: return .absent
        case 1:
            let value = fields.first(.tenant)?.value ?? ByteSlice()
            if value.isEmpty { return .absent }
            return isValid(bytes, value) ? .named(value) : .refused(value)
        default: return .refused(fields.first(.tenant)?.value ?? ByteSlice())
        }
    }

    /// 1–64 of `A-Z a-z 0-9 . _ -`, the first a letter or digit.
    static func isValid(_ bytes: Span<UInt8>, _ id: ByteSlice) -> Bool {
        guard id.count >= 1, id.count <= longestID, ByteClass.isAlphanumeric(bytes[id.lower]) else { return false }
        for index in id.lower..<id.upper where !ByteClass.isIdentifier(bytes[index]) { return false }
        return true
    }
}
