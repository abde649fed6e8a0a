import TimeSeries

/// Names with texts, sorted by name: labels or annotations as unit tests compare and print them.
///
/// Unlike ``Labels`` it keeps empty values, because promtool tells an empty annotation from none, and patterns.
struct TextPairs: Comparable, Sendable {
    let pairs: [ExpectedLabel]

    init(_ labels: [ExpectedLabel]) {
        var last: [String: ExpectedLabel] = [:]
        for label in labels { last[label.name] = label }
        pairs = last.values.sorted { ByteOrder.compare($0.name, $1.name) < 0 }
    }

    init(_ labels: Labels, empty: [String] = []) {
        self.init(
            labels.pairs.map { ExpectedLabel(name: $0.name, value: .text($0.value)) }
                + empty.map { ExpectedLabel(name: $0, value: .text("")) })
    }

    var hasPatterns: Bool { pairs.contains { !$0.isText } }

    /// Whether the other's texts are all accepted; with `isSubset` names that are not expected are accepted too.
    func accepts(_ other: TextPairs, isSubset: Bool) -> Bool {
        guard isSubset || pairs.count == other.pairs.count else { return false }
        return pairs.allSatisfy { pair in
            guard let text = other.text(of: pair.name) else { return false }
            return pair.accepts(text)
        }
    }

    private func text(of name: String) -> String? {
        pairs.first { ByteOrder.equal($0.name, name) }?.text
    }

    static func < (left: TextPairs, right: TextPairs) -> Bool { left.order(to: right) < 0 }
    static func == (left: TextPairs, right: TextPairs) -> Bool {
        left.pairs.count == right.pairs.count && left.order(to: right) == 0
    }

    /// Pair by pair, name before text; a prefix comes first.
    private func order(to other: TextPairs) -> Int {
        for (mine, theirs) in zip(pairs, other.pairs) {
            let names = ByteOrder.compare(mine.name, theirs.name)
            if names != 0 { return names }
            let texts = ByteOrder.compare(mine.text, theirs.text)
            if texts != 0 { return texts }
        }
        return pairs.count - other.pairs.count
    }

    /// `{a="b", c=~"d.*"}`.
    var description: String {
        let items = pairs.map { pair in
            let name = Labels.isLabelIdentifier(pair.name) ? pair.name : Labels.quoted(pair.name)
            return name + (pair.isText ? "=" : "=~") + Labels.quoted(pair.text)
        }
        return "{" + items.joined(separator: ", ") + "}"
    }
}
