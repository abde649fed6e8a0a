#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A CIDR block of IPv4 or IPv6 addresses.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    private let bytes: [UInt8]
    private let prefixBits: Int

    /// `10.0.0.0/8`, `::1/128`, or an address alone; nil when it is none of these.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first, let bytes = Self.parse(String(address)) else { return nil }
        var prefix = bytes.count * 8
        if parts.count == 2 {
            let digits = parts[1]
            guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let number = Int(digits),
                number <= prefix
            else { return nil }
            prefix = number
        }
        self.bytes = bytes
        self.prefixBits = prefix
    }

    /// Whether the address (4 or 16 bytes in network order) lies in the block. An IPv4-mapped IPv6 address is IPv4.
    public func contains(_ address: [UInt8]) -> Bool {
        var address = address
        if address.count == 16, bytes.count == 4, address[..<10].allSatisfy({ $0 == 0 }),
            address[10] == 255, address[11] == 255
        {
            address.removeFirst(12)
        }
        guard address.count == bytes.count else { return false }
        let whole = prefixBits / 8
        guard address[..<whole] == bytes[..<whole] else { return false }
        let rest = prefixBits % 8
        guard rest > 0 else { return true }
        let mask = ~(UInt8(255) >> UInt8(rest))
        return address[whole] & mask == bytes[whole] & mask
    }

    /// The 4 or 16 bytes of an address in network order; nil when the text is not one.
    public static func parse(_ text: String) -> [UInt8]? {
        // Plain bytes instead of in_addr and in6_addr, whose defining module differs between build modes.
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes[..<4]) }
        if inet_pton(AF_INET6, text, &bytes) == 1 { return bytes }
        return nil
    }

    /// The block in CIDR notation.
    public var description: String {
        if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") + "/\(prefixBits)" }
        let groups = stride(from: 0, to: 16, by: 2).map { at in
            String(UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1]), radix: 16)
        }
        return groups.joined(separator: ":") + "/\(prefixBits)"
    }
}
