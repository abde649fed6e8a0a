import StrictYAML

/// A YAML mapping read key by key, collecting errors instead of stopping at the first one.
///
/// Merge keys (`<<: *anchor`) are resolved: a key of the mapping itself wins over a merged one.
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
            collect(try node.mapping(), depth: 0)
        } catch {
            errors.append(RuleFileError(error))
        }
    }

    private mutating func collect(_ mapping: YAMLMapping, depth: Int) {
        var merged: [YAMLNode] = []
        for (key, value) in mapping.entries {
            if key.scalarText == "<<", !key.isQuoted { merged.append(value) } else { add(key, value) }
        }
        guard depth < 10 else { return }
        for value in merged {
            let sources: [YAMLNode] = (try? value.sequence()) ?? [value]
            for source in sources {
                do {
                    collect(try source.mapping(), depth: depth + 1)
                } catch {
                    errors.append(RuleFileError(error))
                }
            }
        }
    }

    private mutating func add(_ key: YAMLNode, _ value: YAMLNode) {
        if !entries.contains(where: { $0.key.scalarText == key.scalarText }) { entries.append((key, value)) }
    }

    /// The key's value; absent and null are the same.
    mutating func take(_ key: String) -> YAMLNode? {
        known.append(key)
        let value = entries.first { $0.key.scalarText == key }?.value
        return value?.isNull == true ? nil : value
    }

    /// Keys and values with merge keys resolved, for mappings whose keys are the user's own.
    static func entries(of node: YAMLNode) throws(YAMLError) -> [(key: YAMLNode, value: YAMLNode)] {
        _ = try node.mapping()
        let reader = MappingReader(node, what: "")
        if let error = reader.errors.first {
            throw YAMLError(file: error.file, line: error.line, column: error.column, message: error.message)
        }
        return reader.entries
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
            let nearest = known.filter { abs($0.utf8.count - name.utf8.count) <= 2 && shares($0, name) }.first
            let hint = nearest.map { "; did you mean '\($0)'?" } ?? "; known here: \(known.joined(separator: ", "))"
            errors.append(RuleFileError(at: key, "field \(name.prefix(100)) not found in type \(what)\(hint)"))
        }
    }

    private func shares(_ left: String, _ right: String) -> Bool {
        let common = zip(left.utf8, right.utf8).prefix { $0 == $1 }.count
        return common + 2 >= max(left.utf8.count, right.utf8.count)
    }
}
