/// `host`, `host:port`, `[v6]` or `[v6]:port`, taken apart.
struct AuthorityText {
    let host: String
    let port: Int?

    init(_ text: String, allowsZeroPort: Bool) throws(InvalidValue) {
        let host: Substring
        let rest: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw InvalidValue("'\(text)' has no closing bracket") }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            guard AddressRange.parse(String(host))?.count == 16 else {
                throw InvalidValue("'\(host)' is no IPv6 address")
            }
        } else {
            host = text.prefix { $0 != ":" }
            rest = text.dropFirst(host.count)
            guard Self.isHost(host) else { throw InvalidValue("'\(text.prefix(80))' has no valid host name") }
        }
        self.host = String(host)
        guard !rest.isEmpty else {
            port = nil
            return
        }
        let digits = rest.dropFirst()
        let lowest = allowsZeroPort ? 0 : 1
        guard rest.first == ":", (1...5).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }),
            let number = Int(digits), (lowest...65_535).contains(number)
        else {
            throw InvalidValue("'\(text.prefix(80))' has no port between \(lowest) and 65535")
        }
        port = number
    }

    /// Letters, digits, dots, hyphens and underscores (which container networks have).
    private static func isHost(_ host: Substring) -> Bool {
        guard (1...253).contains(host.utf8.count) else { return false }
        return host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}

extension SocketEndpoint {
    /// A listening address, `host:port`; port 0 lets the system choose.
    ///
    /// - Throws: ``InvalidValue`` that says what is wrong.
    public init(parsing text: String) throws(InvalidValue) {
        let parts = try AuthorityText(text, allowsZeroPort: true)
        guard let port = parts.port else {
            throw InvalidValue("expected an address like 0.0.0.0:8080, found '\(text.prefix(80))'")
        }
        self.init(host: parts.host, port: port)
    }
}
