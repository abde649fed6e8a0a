import StrictYAML

/// A YAML mapping read key by key, collecting errors instead of stopping at the first one.
struct MappingReader {
    let node: YAMLNode
    private(set) var errors: [RuleFileError] = []
    private var entries: [(key: YAMLNode, value: YAMLNode)] = []
    private var known: [String] = []

    /// `what` is the type in error texts, as in "field x not found in type rulefmt.Rule".
    private let what: String

    init(_ node: YAMLNode, what: String) {
        self.node = node
        self.what = what
        do {
            entries = try node.mapping().entries
        } catch {
            errors.append(RuleFileError(error))
        }
    }

    /// The key's value; absent and null are the same.
    mutating func take(_ key: String) -> YAMLNode? {
        known.append(key)
        let value = entries.first { $0.key.scalarText == key }?.value
        return value?.isNull == true ? nil : value
    }

    /// The node of a key itself, for errors about the key rather than its value.
    func keyNode(_ key: String) -> YAMLNode? { entries.first { $0.key.scalarText == key }?.key }

    mutating func read<Value>(
        _ key: String, _ convert: (YAMLNode) throws(YAMLError) -> Value
    ) -> Value? {
        guard let value = take(key) else { return nil }
        do {
            return try convert(value)
        } catch {
            errors.append(RuleFileError(error))
            return nil
        }
    }

    /// Notes an error for every key that nobody asked for.
    mutating func finish() {
        for (key, _) in entries {
            guard let name = key.scalarText, !known.contains(name) else { continue }
            let nearest = NearestName.of(name, among: known)
            let hint = nearest.map { "; did you mean '\($0)'?" } ?? "; known here: \(known.joined(separator: ", "))"
            errors.append(RuleFileError(at: key, "field \(name.prefix(100)) not found in type \(what)\(hint)"))
        }
    }
}
