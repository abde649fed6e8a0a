/// `{tenant}` in configured texts. Tenant ids that reach this are safe in headers and labels (TenantRule); the configured
/// default tenant is visible ASCII.
enum TenantTemplate {
    static func fill(_ text: String, _ tenant: String) -> String {
        guard text.utf8.contains(0x7b) else { return text }
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            rest = rest[open...]
            if rest.hasPrefix("{tenant}") {
                result += tenant
                rest = rest.dropFirst(8)
            } else {
                result += "{"
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    /// Percent-encodes all but RFC 3986's unreserved characters, so that a text is one segment of a path or one value of a
    /// query.
    static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: result.append(byte)
            default: result += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
