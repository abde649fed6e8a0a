import StrictYAML

/// Compares a file before and after formatting.
struct SameRules {
    let layout: VerifiedLayout
    /// Key paths of the expressions, a set a document.
    let paths: [Set<String>]

    /// What differs beyond the layout of the expressions; nil when nothing does.
    func difference(_ before: [YAMLNode], _ text: String, file: String) -> String? {
        let after: [YAMLNode]
        do {
            after = try YAMLNode.documents(text, file: file)
        } catch {
            return error.message
        }
        guard before.count == after.count else { return "the number of documents" }
        for (index, paths) in paths.enumerated() {
            if let found = difference(before[index], after[index], paths) { return found }
        }
        return nil
    }

    private func difference(_ before: YAMLNode, _ after: YAMLNode, _ paths: Set<String>) -> String? {
        switch (before.content, after.content) {
        case (.scalar(let old, _), .scalar(let new, _)):
            if old == new, before.isNull == after.isNull { return nil }
            if old != new, paths.contains(before.keyPath), layout.isSame(old, new) { return nil }
        case (.sequence(let old), .sequence(let new)) where old.count == new.count:
            for (first, second) in zip(old, new) {
                if let found = difference(first, second, paths) { return found }
            }
            return nil
        case (.mapping(let old), .mapping(let new)) where old.count == new.count:
            for (first, second) in zip(old, new) where first.key.scalarText == second.key.scalarText {
                if let found = difference(first.value, second.value, paths) { return found }
            }
            if zip(old, new).allSatisfy({ $0.key.scalarText == $1.key.scalarText }) { return nil }
        default: break
        }
        return before.keyPath.isEmpty ? "the document" : before.keyPath
    }
}
