/// A mapping whose known keys are taken one by one; ``finish()`` then refuses what nobody took.
public struct YAMLMapping: Sendable {
    /// The mapping itself, for errors about the whole of it.
    public let node: YAMLNode
    /// Keys and values in the order of the file, taken or not.
    public let entries: [(key: YAMLNode, value: YAMLNode)]
    private var taken: Set<String> = []
    private var known: [String] = []

    init(node: YAMLNode, entries: [(key: YAMLNode, value: YAMLNode)]) {
        self.node = node
        self.entries = entries
    }

    /// The key's value, or nil when the key is absent. The key counts as known either way.
    public mutating func take(_ key: String) -> YAMLNode? {
        known.append(key)
        guard let entry = entries.first(where: { $0.key.scalarText == key }) else { return nil }
        taken.insert(key)
        return entry.value
    }

    /// The key's value.
    ///
    /// - Throws: ``YAMLError`` at the mapping when the key is absent, which says if one that nobody took looks like it.
    public mutating func require(_ key: String) throws(YAMLError) -> YAMLNode {
        if let value = take(key) { return value }
        let others = entries.compactMap(\.key.scalarText).filter { !taken.contains($0) }
        let similar = NearestName.of(key, among: others).map { "; did you write it '\($0)'?" }
        throw node.failure("'\(key)' is missing\(similar ?? "")")
    }

    /// The node of a key itself, for errors about the key rather than its value.
    public func keyNode(_ key: String) -> YAMLNode? {
        entries.first { $0.key.scalarText == key }?.key
    }

    /// Refuses the keys that nobody took.
    ///
    /// - Throws: ``YAMLError`` at the first unknown key, with the nearest known one as a suggestion.
    public func finish() throws(YAMLError) {
        for entry in entries {
            guard let key = entry.key.scalarText, !taken.contains(key) else { continue }
            let suggestion = NearestName.of(key, among: known).map { "; did you mean '\($0)'?" }
            let list = known.isEmpty ? "" : "; known here: \(known.sorted().joined(separator: ", "))"
            throw entry.key.failure("unknown key '\(key)'\(suggestion ?? list)")
        }
    }
}
