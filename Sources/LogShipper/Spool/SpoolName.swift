/// A tenant's name as the name of a directory. Tenant ids are that already; a configured default tenant may be anything.
enum SpoolName {
    static func escape(_ tenant: String) -> String {
        var result = ""
        for (index, byte) in tenant.utf8.enumerated() {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || byte == 0x5f || byte == 0x2d || (byte == 0x2e && index > 0)
            if isPlain {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += byte < 16 ? "%0\(String(byte, radix: 16))" : "%\(String(byte, radix: 16))"
            }
        }
        return result
    }

    /// Nil for a name that `escape` does not give.
    static func unescape(_ name: String) -> String? {
        var bytes: [UInt8] = []
        var rest = name.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == 0x25 else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let tenant = String(validating: bytes, as: UTF8.self), escape(tenant) == name else { return nil }
        return tenant
    }
}
