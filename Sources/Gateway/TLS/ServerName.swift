#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The host that a client wants to reach, as a certificate must have it.
enum ServerName {
    /// Lower case and without the root's dot; nil for what is no host name (letters, digits, `-`, `_`, `.` and `*`, no
    /// empty label, at most 253 bytes). Names beyond ASCII have their `xn--` form here.
    static func normalized(_ name: String) -> String? {
        let text = name.hasSuffix(".") ? name.dropLast() : name[...]
        guard (1...253).contains(text.utf8.count), text.utf8.allSatisfy(isAllowed),
            !text.hasPrefix("."), !text.hasSuffix("."), !text.contains("..")
        else { return nil }
        return text.lowercased()
    }

    /// Whether it is an IPv4 or IPv6 address, which is not sent as a name (RFC 6066, 3).
    static func isAddress(_ name: String) -> Bool {
        var room = in6_addr()
        // A NUL would hide the rest from C.
        guard !name.utf8.contains(0) else { return false }
        return inet_pton(AF_INET, name, &room) == 1 || inet_pton(AF_INET6, name, &room) == 1
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "*"): true
        default: false
        }
    }
}
