/// A protocol that TLS can agree on (RFC 7301). A peer that names none speaks HTTP/1.1.
enum ALPNProtocol: Sendable, CaseIterable {
    /// `h2`, RFC 9113.
    case http2
    /// `http/1.1`.
    case http11

    /// The bytes on the wire.
    var name: StaticString {
        switch self {
        case .http2: "h2"
        case .http11: "http/1.1"
        }
    }

    /// The protocol with these bytes, if it is one of ours.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        let found = ALPNProtocol.allCases.first { candidate in
            candidate.name.withUTF8Buffer { $0.elementsEqual(bytes) }
        }
        guard let found else { return nil }
        self = found
    }

    /// The list as the extension has it, behind a byte with its length; each protocol once.
    static func wire(_ protocols: [ALPNProtocol]) -> [UInt8] {
        var list: [UInt8] = []
        for (index, item) in protocols.enumerated() where !protocols[..<index].contains(item) {
            list.append(UInt8(item.name.utf8CodeUnitCount))
            item.name.withUTF8Buffer { list += $0 }
        }
        return [UInt8(list.count)] + list
    }
}
