import Exposition

/// Inverted index: label name, then value, to the ascending ids of the series that carry it.
///
/// Every choice of series starts from the shortest list that a matcher proves, so a selector never walks over
/// the whole store unless all its matchers accept the absent label.
struct LabelIndex: Sendable {
    private var postings: [ExactText: [ExactText: [Int32]]] = [:]
    private var all: [Int32] = []

    mutating func insert(_ id: Int32, _ labels: Labels) {
        for pair in labels.pairs {
            postings[ExactText(pair.name), default: [:]][ExactText(pair.value), default: []].append(id)
        }
        all.append(id)
    }

    /// Ascending ids of the series that fulfil all matchers.
    func select(_ matchers: [LabelMatcher], labels: (Int32) -> Labels) -> [Int32] {
        var candidates: [Int32]?
        var rest: [LabelMatcher] = []
        for matcher in matchers {
            guard let exact = exactList(matcher) else {
                rest.append(matcher)
                continue
            }
            candidates = candidates.map { $0.intersection(sorted: exact) } ?? exact
            if candidates?.isEmpty == true { return [] }
        }
        for matcher in rest where !matcher.matches("") {
            if let few = candidates, few.count <= (postings[ExactText(matcher.name)]?.count ?? 0) { break }
            let found = union(matcher)
            candidates = candidates.map { $0.intersection(sorted: found) } ?? found
        }
        let start = candidates ?? all
        if rest.isEmpty { return start }
        return start.filter { id in rest.allSatisfy { $0.matches(labels(id)) } }
    }

    /// The list of a matcher that names its values; nil where values must be tried.
    private func exactList(_ matcher: LabelMatcher) -> [Int32]? {
        switch matcher.kind {
        case .equal where !matcher.value.isEmpty:
            return postings[ExactText(matcher.name)]?[ExactText(matcher.value)] ?? []
        case .regex:
            guard let alternatives = matcher.alternatives, !alternatives.contains(""), !alternatives.isEmpty else {
                return nil
            }
            let values = postings[ExactText(matcher.name)] ?? [:]
            return LabelIndex.merge(Set(alternatives.map(ExactText.init)).compactMap { values[$0] })
        default: return nil
        }
    }

    private func union(_ matcher: LabelMatcher) -> [Int32] {
        guard let values = postings[ExactText(matcher.name)] else { return [] }
        return LabelIndex.merge(values.filter { matcher.matches($0.key.text) }.map(\.value))
    }

    private static func merge(_ lists: [[Int32]]) -> [Int32] {
        if lists.count == 1 { return lists[0] }
        return lists.joined().sorted()
    }

    /// Values of a label that some series carries, sorted by bytes.
    func values(of name: String) -> [String] {
        (postings[ExactText(name)]?.keys.map(\.text) ?? []).sorted(by: ByteOrder.less)
    }
}
