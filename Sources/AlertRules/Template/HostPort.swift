/// The host and URL functions of templates, by the rules of Go's `net.SplitHostPort`.
enum HostPort {
    /// `host:port` and `[v6]:port` lose the port; anything else stays.
    static func stripPort(_ text: String) -> String { split(text)?.host ?? text }

    /// The first label of a host name, its port kept; addresses stay.
    static func stripDomain(_ text: String) -> String {
        let (host, port) = split(text) ?? (text, "")
        if isAddress(host) { return text }
        let first = String(host.split(separator: ".", omittingEmptySubsequences: false)[0])
        return port.isEmpty ? first : first.contains(":") ? "[\(first)]:\(port)" : "\(first):\(port)"
    }

    /// The path of a URL, empty for none.
    static func path(ofURL url: String) -> String {
        guard let scheme = url.firstRange(ofText: "://") else { return url.hasPrefix("/") ? url : "" }
        let rest = url[scheme.upperBound...]
        guard let slash = rest.firstIndex(of: "/") else { return "" }
        return String(rest[slash...].prefix { $0 != "?" && $0 != "#" })
    }

    /// Nil where Go reports an error: no port, too many colons, unbalanced brackets.
    private static func split(_ text: String) -> (host: String, port: String)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let (left, port) = (text[..<colon], text[text.index(after: colon)...])
        if left.hasPrefix("[") {
            guard left.hasSuffix("]") else { return nil }
            let host = left.dropFirst().dropLast()
            return host.contains("[") || host.contains("]") ? nil : (String(host), String(port))
        }
        guard !left.contains(":"), !left.contains("["), !left.contains("]"), !port.contains("]") else { return nil }
        return (String(left), String(port))
    }

    private static func isAddress(_ host: String) -> Bool {
        if host.contains(":") { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in part.count <= 3 && UInt8(part) != nil && part.first != "+" }
    }
}

extension String {
    /// The first occurrence of a text.
    func firstRange(ofText needle: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
            start = index(after: start)
        }
        return nil
    }
}
