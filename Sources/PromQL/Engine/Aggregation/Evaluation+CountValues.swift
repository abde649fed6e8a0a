import TimeSeries

extension Evaluation {
    /// `count_values`: one column a group and value; each value is written as text once.
    func countValues(_ node: Aggregation, label: String, _ grid: StepGrid) throws -> [Column] {
        if case .string(let literal)? = node.parameter?.withoutParentheses, let invalid = literal.invalidText {
            throw EvaluationError.failed("invalid label name \(invalid)")
        }
        if label.isEmpty { throw EvaluationError.failed("invalid label name \(Labels.quoted(label))") }
        let columns = try vector(node.operand, grid)
        var counts: [Column] = []
        var places: [Labels: Int] = [:]
        var texts: [UInt64: String] = [:]
        // The label is set before the labels of `without` are left out.
        let isLeftOut = node.isWithout && (node.grouping + Evaluation.schemaLabels).contains(label)
        for column in columns {
            let base = groupLabels(column.labels, node)
            var known: [UInt64: Int] = [:]
            func countedPlace(_ text: String) throws -> Int {
                let labels = isLeftOut ? base : base.setting(label, text)
                if let place = places[labels] { return place }
                try hold(grid.count)
                places[labels] = counts.count
                counts.append(Column(labels: labels, steps: grid.count))
                return counts.count - 1
            }
            func countUp(_ place: Int, _ step: Int) {
                let old = counts[place].values[step]
                counts[place].values[step] = old.isStaleMarker ? 1 : old + 1
                counts[place].dropsName = counts[place].dropsName || column.dropsName
            }
            for step in 0..<grid.count where !column.values[step].isStaleMarker {
                let bits = column.values[step].bitPattern
                if let place = known[bits] {
                    countUp(place, step)
                    continue
                }
                let text = texts[bits] ?? formatPrometheusFloat(column.values[step])
                texts[bits] = text
                let place = try countedPlace(text)
                known[bits] = place
                countUp(place, step)
            }
            for step in column.histograms.indices {
                guard let histogram = column.histograms[step] else { continue }
                countUp(try countedPlace(histogram.value.promQLText), step)
            }
        }
        return counts
    }
}
