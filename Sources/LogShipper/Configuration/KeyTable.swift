import StrictYAML

/// The keys of one mapping. Reader, error messages and the test of the documentation all go by the same list.
struct KeyTable<Root: Sendable>: Sendable {
    struct Key: Sendable {
        var name: String
        var isRequired = false
        var read: @Sendable (YAMLNode, inout Root) throws(YAMLError) -> Void
    }

    let keys: [Key]

    /// Reads a mapping; an unknown key, a missing one and a value of the wrong type are errors with their place.
    func read(_ node: YAMLNode, into root: inout Root) throws(YAMLError) {
        var mapping = try node.mapping()
        for key in keys {
            if key.isRequired {
                try key.read(try mapping.require(key.name), &root)
            } else if let value = mapping.take(key.name) {
                try key.read(value, &root)
            }
        }
        try mapping.finish()
    }
}

extension YAMLNode {
    /// One of an enumeration's values, by name.
    func choice<Choice: CaseIterable & RawRepresentable>(_: Choice.Type) throws(YAMLError) -> Choice
    where Choice.RawValue == String {
        let text = try string()
        guard let value = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw failure("'\(text)' is none of \(known)")
        }
        return value
    }

    func strings() throws(YAMLError) -> [String] {
        var texts: [String] = []
        for item in try sequence() { texts.append(try item.string()) }
        return texts
    }

    func pairs() throws(YAMLError) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for (key, value) in try mapping().entries { pairs.append((try key.string(), try value.string())) }
        return pairs
    }

    func millis() throws(YAMLError) -> Int {
        Int(try durationNanos(in: 1_000_000...3_600_000_000_000) / 1_000_000)
    }
}
