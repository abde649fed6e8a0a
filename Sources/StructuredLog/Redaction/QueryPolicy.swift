/// Which keys of a query string may be logged. By default none: a query is where people leave secrets.
///
/// Keys are compared after percent-decoding; the value is logged as it came. The value of an allow-listed key that
/// looks secret (``Redaction/isSecret(queryKey:)``) is replaced all the same.
public struct QueryPolicy: Sendable {
    private let allowed: [[UInt8]]
    private static let longestKey = 128

    /// Logs nothing of any query.
    public static let nothing = QueryPolicy(allowed: [])

    /// Logs these keys and no others. A key longer than 128 bytes never matches.
    public init(allowed: [String]) {
        self.allowed = allowed.map { Array($0.utf8) }
    }

    /// Writes `key`, the allowed pairs joined by `&`, and the closing quote; or nothing if no pair is allowed.
    /// At most ``LineLimits/queryBytes`` bytes are written before escaping.
    func append(_ query: UnsafeRawBufferPointer, key: StaticString, to cursor: inout LineCursor) {
        if allowed.isEmpty { return }
        var room = LineLimits.queryBytes
        var hasBegun = false
        var start = 0
        while start < query.count {
            let end = query[start...].firstIndex { $0 == 0x26 || $0 == 0x3B } ?? query.count
            if end > start, let pair = allowedPair(UnsafeRawBufferPointer(rebasing: query[start..<end])) {
                guard room > pair.byteCount else {
                    cursor.isTruncated = true
                    break
                }
                room -= pair.byteCount + 1
                if hasBegun { cursor.append(byte: 0x26) } else { cursor.append(key) }
                hasBegun = true
                append(pair, to: &cursor)
            }
            start = end + 1
        }
        if hasBegun { cursor.append(byte: UInt8(ascii: "\"")) }
    }

    private struct Pair {
        var name: UnsafeRawBufferPointer
        var value: UnsafeRawBufferPointer?
        var isSecret: Bool
        var byteCount: Int {
            name.count + 1 + (isSecret ? Redaction.placeholderBytes.utf8CodeUnitCount : value?.count ?? 0)
        }
    }

    private func append(_ pair: Pair, to cursor: inout LineCursor) {
        cursor.append(escaped: pair.name, limit: pair.name.count)
        guard let value = pair.value else { return }
        cursor.append(byte: UInt8(ascii: "="))
        if pair.isSecret {
            cursor.append(Redaction.placeholderBytes)
        } else {
            cursor.append(escaped: value, limit: value.count)
        }
    }

    private func allowedPair(_ bytes: UnsafeRawBufferPointer) -> Pair? {
        let equals = bytes.firstIndex(of: 0x3D)
        let name = UnsafeRawBufferPointer(rebasing: bytes[..<(equals ?? bytes.count)])
        guard name.count <= QueryPolicy.longestKey * 3 else { return nil }
        let value = equals.map { UnsafeRawBufferPointer(rebasing: bytes[($0 + 1)...]) }
        return withUnsafeTemporaryAllocation(byteCount: QueryPolicy.longestKey * 3, alignment: 1) { buffer in
            let count = QueryPolicy.percentDecode(name, into: buffer)
            let decoded = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            guard allowed.contains(where: { $0.count == decoded.count && $0.elementsEqual(decoded) }) else {
                return nil
            }
            return Pair(name: name, value: value, isSecret: Redaction.isSecret(queryKey: decoded))
        }
    }

    private static func percentDecode(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) -> Int {
        var count = 0
        var index = 0
        while index < source.count {
            var byte = source[index]
            index += 1
            if byte == 0x2B {
                byte = 0x20
            } else if byte == 0x25, index + 1 < source.count,
                let high = hexDigit(source[index]), let low = hexDigit(source[index + 1])
            {
                byte = high << 4 | low
                index += 2
            }
            target[count] = byte
            count += 1
        }
        return count
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
