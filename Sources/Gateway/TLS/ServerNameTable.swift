/// Finds what serves a name: an exact entry first, then the wildcard for its parent (RFC 6125, 6.4.3: `*` stands for
/// one whole label, the leftmost).
struct ServerNameTable<Value: Sendable>: Sendable {
    private var exact: [String: Value] = [:]
    /// By what stands behind `*.`.
    private var wildcard: [String: Value] = [:]

    init() {}

    /// Adds an entry unless the name has one; false when it is not a server name.
    mutating func add(_ name: String, _ value: Value) -> Bool {
        guard let name = ServerName.normalized(name) else { return false }
        if name.hasPrefix("*.") {
            let parent = String(name.dropFirst(2))
            guard !parent.contains("*") else { return false }
            if wildcard[parent] == nil { wildcard[parent] = value }
        } else {
            guard !name.contains("*") else { return false }
            if exact[name] == nil { exact[name] = value }
        }
        return true
    }

    /// The entry for a name as a client sent it.
    func find(_ name: String) -> Value? {
        guard let name = ServerName.normalized(name) else { return nil }
        if let value = exact[name] { return value }
        guard let dot = name.firstIndex(of: "."), dot > name.startIndex else { return nil }
        return wildcard[String(name[name.index(after: dot)...])]
    }
}
