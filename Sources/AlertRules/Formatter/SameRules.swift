import PromQL
import StrictYAML

/// Compares a file before and after formatting.
enum SameRules {
    /// What differs beyond the layout of the expressions at the given key paths; nil when nothing does.
    static func difference(_ before: YAMLNode, _ text: String, file: String, in paths: Set<String>) -> String? {
        do {
            return difference(before, try YAMLNode.parse(text, file: file), paths)
        } catch {
            return error.message
        }
    }

    private static func difference(_ before: YAMLNode, _ after: YAMLNode, _ paths: Set<String>) -> String? {
        let place = before.keyPath.isEmpty ? "the document" : before.keyPath
        switch (before.content, after.content) {
        case (.scalar(let old, _), .scalar(let new, _)):
            if old == new { return before.isNull == after.isNull ? nil : place }
            return paths.contains(before.keyPath) && isSame(old, new) ? nil : place
        case (.sequence(let old), .sequence(let new)):
            guard old.count == new.count else { return place }
            return zip(old, new).lazy.compactMap { difference($0, $1, paths) }.first
        case (.mapping(let old), .mapping(let new)):
            guard old.count == new.count else { return place }
            for (first, second) in zip(old, new) {
                guard first.key.scalarText == second.key.scalarText else { return place }
                if let found = difference(first.value, second.value, paths) { return found }
            }
            return nil
        default: return place
        }
    }

    private static func isSame(_ old: String, _ new: String) -> Bool {
        let texts = [old, new].map { try? Parser.parse($0, options: .everything).description }
        return texts[0] != nil && texts[0] == texts[1]
    }
}
