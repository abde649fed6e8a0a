/// The parts of an `http` or `https` URL as configuration and the governance API write them: without user info,
/// query or fragment (RFC 3986; what a service's address needs, and nothing that could hide a secret in it).
public struct HTTPURL: Sendable, Hashable {
    /// As written.
    public let text: String
    /// `https`.
    public let isSecure: Bool
    /// A name or an address, IPv6 without brackets.
    public let host: String
    /// 1 to 65535; the scheme's own when none was written.
    public let port: Int
    /// Begins with `/`, or is empty.
    public let path: String

    /// - Throws: ``InvalidValue`` that says which part is wrong.
    public init(_ text: String) throws(InvalidValue) {
        let schemes = [("http://", false), ("https://", true)]
        guard text.utf8.count <= 2_048, let scheme = schemes.first(where: { text.lowercased().hasPrefix($0.0) }) else {
            throw InvalidValue("expected a URL like http://127.0.0.1:9001, found '\(text.prefix(80))'")
        }
        let rest = text.dropFirst(scheme.0.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let path = rest.dropFirst(authority.count)
        guard !authority.contains("@") else {
            throw InvalidValue("a user or password in a URL is not accepted")
        }
        guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        else {
            throw InvalidValue("'\(text.prefix(80))' has a query, a fragment or characters that a path cannot have")
        }
        let parts = try AuthorityText(String(authority), allowsZeroPort: false)
        self.text = text
        isSecure = scheme.1
        host = parts.host
        port = parts.port ?? (scheme.1 ? 443 : 80)
        self.path = path == "/" ? "" : String(path)
    }

    /// The URL without a trailing `/`, to which a path beginning with `/` can be appended.
    public var base: String { text.hasSuffix("/") ? String(text.dropLast()) : text }

    /// `host:port` as Prometheus's `instance` label has it.
    public var instance: String { SocketEndpoint(host: host, port: port).description }
}

extension UpstreamAddress {
    /// An upstream from `http://host:port` or `https://host:port`; a path is refused because requests keep theirs.
    ///
    /// - Throws: ``InvalidValue`` that says which part is wrong.
    public init(parsing text: String) throws(InvalidValue) {
        let url = try HTTPURL(text)
        guard url.path.isEmpty else {
            throw InvalidValue("an upstream has no path: requests keep theirs, found '\(text.prefix(80))'")
        }
        self.init(url: url.base, host: url.host, port: url.port, isSecure: url.isSecure)
    }
}
