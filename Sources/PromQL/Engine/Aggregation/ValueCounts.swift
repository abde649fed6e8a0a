import TimeSeries

/// The columns of `count_values`: one a group and value. A value is written as text once.
struct ValueCounts {
    private struct Key: Hashable {
        let group: Int
        let bits: UInt64
    }

    private let label: String
    private let steps: Int
    private var groups: GroupTable
    /// Whether groups may become equal because the label that takes the value is one of theirs.
    private let mayMeet: Bool
    /// The label that takes the value is set before the labels of `without` are left out.
    private let isLeftOut: Bool
    private var places: [Key: Int] = [:]
    private var placesByLabels: [Labels: Int] = [:]
    private(set) var columns: [Column] = []

    init(_ node: Aggregation, label: String, steps: Int) {
        self.label = label
        self.steps = steps
        groups = GroupTable(node, dropsNames: false)
        isLeftOut = node.isWithout && (node.grouping + Evaluation.schemaLabels).contains { ByteOrder.equal($0, label) }
        mayMeet = node.isWithout || node.grouping.contains { ByteOrder.equal($0, label) }
    }

    /// Counts a column's samples; `willGrow` is asked before there is one more result.
    mutating func add(_ column: Column, _ willGrow: () throws -> Void) throws {
        let group = groups.place(column.labels)
        for step in 0..<steps where !column.values[step].isStaleMarker {
            let value = column.values[step]
            let key = Key(group: group, bits: value.isNaN ? Double.nan.bitPattern : value.bitPattern)
            if let place = places[key] {
                countUp(place, step, column)
                continue
            }
            let place = try place(formatPrometheusFloat(value), group, isNew: !mayMeet, willGrow)
            places[key] = place
            countUp(place, step, column)
        }
        for step in column.histograms.indices {
            guard let histogram = column.histograms[step] else { continue }
            countUp(try place(histogram.value.promQLText, group, isNew: false, willGrow), step, column)
        }
    }

    private mutating func place(
        _ text: String, _ group: Int, isNew: Bool, _ willGrow: () throws -> Void
    ) throws -> Int {
        let group = groups.labels[group]
        let labels = isLeftOut ? group : group.setting(label, text)
        if !isNew, let place = placesByLabels[labels] { return place }
        try willGrow()
        if !isNew { placesByLabels[labels] = columns.count }
        columns.append(Column(labels: labels, steps: steps))
        return columns.count - 1
    }

    private mutating func countUp(_ place: Int, _ step: Int, _ column: Column) {
        let old = columns[place].values[step]
        columns[place].values[step] = old.isStaleMarker ? 1 : old + 1
        if column.dropsName { columns[place].dropsName = true }
    }
}
