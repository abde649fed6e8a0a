/// A version of TLS, ordered by age. Older ones than 1.2 are not spoken.
enum TLSVersion: Int32, Sendable, Comparable, CaseIterable {
    /// RFC 5246. The raw value is the number on the wire.
    case tls12 = 0x0303
    /// RFC 8446.
    case tls13 = 0x0304

    /// As access logs have it: `TLSv1.3`.
    var name: StaticString {
        switch self {
        case .tls12: "TLSv1.2"
        case .tls13: "TLSv1.3"
        }
    }

    static func < (left: TLSVersion, right: TLSVersion) -> Bool { left.rawValue < right.rawValue }
}
