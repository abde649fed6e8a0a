import StrictYAML

/// The keys of one mapping, nested ones written with dots (`timeouts.head`).
struct SettingTable<Root: Sendable>: Sendable {
    let settings: [Setting<Root>]

    /// Reads a mapping, refusing keys that are not in the table.
    ///
    /// - Returns: the nodes of the keys that were given, for errors found later.
    func read(_ node: YAMLNode, into root: inout Root) throws(YAMLError) -> [String: YAMLNode] {
        var places: [String: YAMLNode] = [:]
        try read(node, prefix: "", into: &root, places: &places)
        return places
    }

    private func read(
        _ node: YAMLNode, prefix: String, into root: inout Root, places: inout [String: YAMLNode]
    ) throws(YAMLError) {
        var mapping = try node.mapping()
        for name in names(below: prefix) {
            guard let value = mapping.take(name) else { continue }
            places[prefix + name] = value
            if let setting = settings.first(where: { $0.key == prefix + name }) {
                try setting.read(value, &root)
            } else {
                try read(value, prefix: "\(prefix)\(name).", into: &root, places: &places)
            }
        }
        try mapping.finish()
    }

    /// The keys directly below a prefix, in the table's order.
    private func names(below prefix: String) -> [String] {
        var names: [String] = []
        for setting in settings where setting.key.hasPrefix(prefix) {
            let name = String(setting.key.dropFirst(prefix.count).prefix { $0 != "." })
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// The values as lines of YAML, of those settings that `isShown` lets pass.
    func lines(_ root: Root, where isShown: (Setting<Root>) -> Bool = { _ in true }) -> [String] {
        lines(root, prefix: "", isShown)
    }

    private func lines(_ root: Root, prefix: String, _ isShown: (Setting<Root>) -> Bool) -> [String] {
        names(below: prefix).flatMap { name -> [String] in
            if let setting = settings.first(where: { $0.key == prefix + name }) {
                return isShown(setting) ? setting.show(root).lines(key: name) : []
            }
            let inner = lines(root, prefix: "\(prefix)\(name).", isShown)
            return inner.isEmpty ? [] : ["\(name):"] + inner.map { "  \($0)" }
        }
    }
}
