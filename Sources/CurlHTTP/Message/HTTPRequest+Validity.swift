/// What may stand in a request. A request with anything else fails with `.invalidRequest` or `.invalidURL`; a configuration
/// asks before there is one.
extension HTTPRequest {
    /// Whether it is an absolute `http` or `https` URL with a host, without spaces and control characters, and with a port
    /// that there is, if any: RFC 3986, section 3.2.
    public static func accepts(url: String) -> Bool {
        guard url.hasPrefix("http://") || url.hasPrefix("https://"),
            !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f })
        else { return false }
        let authority = url.utf8.drop { $0 != UInt8(ascii: "/") }.dropFirst(2).prefix { !"/?#".utf8.contains($0) }
        let user = authority.lastIndex(of: UInt8(ascii: "@"))
        let place = user.map { authority[authority.index(after: $0)...] } ?? authority
        // The colons of an IPv6 address stand in brackets.
        let bracket = place.lastIndex(of: UInt8(ascii: "]"))
        guard place.first != UInt8(ascii: "[") || bracket != nil else { return false }
        let end = bracket ?? place.startIndex
        guard let colon = place[end...].lastIndex(of: UInt8(ascii: ":")) else { return !place.isEmpty }
        let port = place[place.index(after: colon)...]
        return colon != place.startIndex
            && (port.isEmpty || port.allSatisfy { (0x30...0x39).contains($0) } && UInt16(Substring(port)) ?? 0 > 0)
    }

    /// Whether it is a token: RFC 9110, section 5.6.2.
    public static func accepts(headerName: String) -> Bool { isToken(headerName) }

    /// Whether it has only visible characters, spaces, tabs and obs-text, never CR, LF or NUL: RFC 9110, section 5.5.
    public static func accepts(headerValue: String) -> Bool {
        headerValue.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }
    }

    static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                case 0x21, 0x23...0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x5e, 0x5f, 0x60, 0x7c, 0x7e: true
                default: false
                }
            }
    }
}
