import TimeSeries

extension Evaluation {
    /// Groups the columns once, then combines each group over all steps.
    func aggregation(_ node: Aggregation, _ grid: StepGrid) throws -> [Column] {
        if node.operation == .countValues {
            guard let parameter = node.parameter else { return [] }
            return try countValues(node, label: try string(parameter, grid), grid)
        }
        let parameter = try node.parameter.map { try scalar($0, grid) }
        let source = try columnStream(node, grid)
        if let source, let columns = try streamed(node, source, parameter ?? [], grid) { return columns }
        let columns = try source.map { try $0.columns(self) } ?? vector(node.operand, grid)
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
            return try groups.map { group in
                var result = try combined(group, grid) { foldedColumn($0, node.operation, grid) }
                try aggregateHistograms(node, group.columns, into: &result)
                return result
            }
        }
    }

    private func foldedColumn(_ columns: [Column], _ operation: AggregationOperator, _ grid: StepGrid) -> [Double] {
        guard var fold = operation.fold(grid.count, startsBlind: options.compatibility == .prometheus2) else {
            return [Double](repeating: Column.absent, count: grid.count)
        }
        for column in columns {
            let isDense = !column.values.contains(where: \.isStaleMarker)
            column.values.withUnsafeBufferPointer { fold.add($0, isDense: isDense) }
        }
        return fold.result()
    }

    struct Group {
        let labels: Labels
        var columns: [Column] = []
        var dropsName: Bool { columns.contains(where: \.dropsName) }
    }

    private func grouped(_ columns: [Column], _ node: Aggregation) -> [Group] {
        var groups: [Group] = []
        var table = GroupTable(node, dropsNames: false)
        for column in columns {
            let place = table.place(column.labels)
            if place == groups.count { groups.append(Group(labels: table.labels[place])) }
            groups[place].columns.append(column)
        }
        return groups
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
}
