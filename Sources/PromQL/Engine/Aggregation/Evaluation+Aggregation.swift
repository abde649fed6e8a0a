import TimeSeries

extension Evaluation {
    /// Groups the columns once, then combines each group over all steps.
    func aggregation(_ node: Aggregation, _ grid: StepGrid) throws -> [Column] {
        if node.operation == .countValues {
            guard let parameter = node.parameter else { return [] }
            return try countValues(node, label: try string(parameter, grid), grid)
        }
        let parameter = try node.parameter.map { try scalar($0, grid) }
        let columns = try vector(node.operand, grid)
        let groups = grouped(columns, node)
        switch node.operation {
        case .topk, .bottomk, .limitk, .limitRatio:
            if node.operation == .topk || node.operation == .bottomk { remarkIgnored(node, columns, node.source) }
            let choice = try SeriesChoice(self, node, parameter ?? [])
            return groups.flatMap { choice.chosen($0.columns, grid.count) }
        case .quantile:
            let quantiles = parameter ?? []
            warnAboutQuantiles(quantiles, node.parameter?.source ?? node.source)
            return try groups.map { group in
                var result = try combined(group, grid) { quantileColumn($0, quantiles) }
                try aggregateHistograms(node, group.columns, into: &result)
                return result
            }
        default:
            let startsBlind = options.compatibility == .prometheus2
            return try groups.map { group in
                var result = try combined(group, grid) {
                    node.operation.column($0, grid.count, startsBlind: startsBlind)
                }
                try aggregateHistograms(node, group.columns, into: &result)
                return result
            }
        }
    }

    struct Group {
        let labels: Labels
        var columns: [Column] = []
        var dropsName: Bool { columns.contains(where: \.dropsName) }
    }

    private func grouped(_ columns: [Column], _ node: Aggregation) -> [Group] {
        var groups: [Group] = []
        var places: [Labels: Int] = [:]
        for column in columns {
            let key = groupLabels(column.labels, node)
            let place = places[key] ?? groups.count
            if place == groups.count {
                places[key] = place
                groups.append(Group(labels: key))
            }
            groups[place].columns.append(column)
        }
        return groups
    }

    private func groupLabels(_ labels: Labels, _ node: Aggregation) -> Labels {
        if node.isWithout { return labels.dropping(node.grouping + Evaluation.schemaLabels) }
        return node.grouping.isEmpty ? Labels.empty : labels.keeping(node.grouping)
    }

    private func combined(
        _ group: Group, _ grid: StepGrid, _ combine: ([Column]) -> [Double]
    ) throws -> Column {
        try hold(grid.count)
        return Column(labels: group.labels, dropsName: group.dropsName, values: combine(group.columns))
    }

    private func quantileColumn(_ columns: [Column], _ quantiles: [Double]) -> [Double] {
        var members: [Double] = []
        return quantiles.indices.map { step in
            members.removeAll(keepingCapacity: true)
            for column in columns where !column.values[step].isStaleMarker { members.append(column.values[step]) }
            return members.isEmpty ? Column.absent : Quantile.of(members, quantiles[step])
        }
    }

    /// Prometheus's warning for a φ outside 0…1.
    func warnAboutQuantiles(_ quantiles: [Double], _ source: SourceRange) {
        var previous = 0.5
        for quantile in quantiles where quantile.bitPattern != previous.bitPattern {
            previous = quantile
            if quantile.isNaN || quantile < 0 || quantile > 1 {
                remark(
                    .warning, "quantile value should be between 0 and 1, got \(formatGoFloat(quantile))", source)
            }
        }
    }

    private func countValues(_ node: Aggregation, label: String, _ grid: StepGrid) throws -> [Column] {
        if case .string(let literal)? = node.parameter?.withoutParentheses, let invalid = literal.invalidText {
            throw EvaluationError.failed("invalid label name \(invalid)")
        }
        if label.isEmpty { throw EvaluationError.failed("invalid label name \(Labels.quoted(label))") }
        let columns = try vector(node.operand, grid)
        var counts: [Column] = []
        var places: [Labels: Int] = [:]
        var texts: [UInt64: String] = [:]
        for column in columns {
            let base = groupLabels(column.labels, node)
            var known: [UInt64: Int] = [:]
            func countedPlace(_ text: String) throws -> Int {
                let labels = base.setting(label, text)
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
