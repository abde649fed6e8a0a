/// Who the client is, when trusted proxies stand before the gateway.
enum ClientAddress {
    /// From the right, the first address of `X-Forwarded-For` that is no trusted proxy; the leftmost if all are. Nil
    /// without the field. What stands left of a malformed element was not written by a proxy we trust.
    static func find(_ bytes: Span<UInt8>, _ fields: borrowing FieldSection, trusted: [AddressRange]) -> ByteSlice? {
        var found: ByteSlice?
        for line in fields.lines.reversed() where line.known == .forwardedFor {
            var elements: [ByteSlice] = []
            var tokens = TokenList(line.value)
            while let element = tokens.next(bytes) { elements.append(element) }
            for element in elements.reversed() {
                guard let address = AddressRange.parse(text(bytes, element)) else { return found }
                found = element
                if !trusted.contains(where: { $0.contains(address) }) { return found }
            }
        }
        return found
    }

    private static func text(_ bytes: Span<UInt8>, _ slice: ByteSlice) -> String {
        guard slice.count <= 45 else { return "" }
        var copy: [UInt8] = []
        for index in slice.lower..<slice.upper { copy.append(bytes[index]) }
        return String(decoding: copy, as: UTF8.self)
    }
}
