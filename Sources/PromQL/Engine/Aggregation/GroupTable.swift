import TimeSeries

/// The groups of an aggregation, found by the labels that their members share.
struct GroupTable {
    private let node: Aggregation
    /// Whether members are about to lose the labels that describe the metric.
    private let dropsNames: Bool
    private let dropped: [String]
    private var places: [Labels: Int] = [:]
    /// Of each group, in the order of their first members.
    private(set) var labels: [Labels] = []

    init(_ node: Aggregation, dropsNames: Bool) {
        self.node = node
        self.dropsNames = dropsNames && node.grouping.contains(where: Evaluation.schemaLabels.contains)
        dropped = node.grouping + Evaluation.schemaLabels
    }

    /// The number of a member's group; the next free number for the first of a group.
    mutating func place(_ member: Labels) -> Int {
        let key = key(dropsNames ? member.dropping(Evaluation.schemaLabels) : member)
        if let known = places[key] { return known }
        places[key] = labels.count
        labels.append(key)
        return labels.count - 1
    }

    /// How many of these members each group has.
    mutating func sizes(of members: [Labels]) -> [Int] {
        if !node.isWithout, node.grouping.isEmpty {
            if let first = members.first { _ = place(first) }
            return [members.count]
        }
        var sizes: [Int] = []
        for member in members {
            let group = place(member)
            if group == sizes.count { sizes.append(0) }
            sizes[group] += 1
        }
        return sizes
    }

    private func key(_ member: Labels) -> Labels {
        if node.isWithout { return member.dropping(dropped) }
        return node.grouping.isEmpty ? Labels.empty : member.keeping(node.grouping)
    }
}
