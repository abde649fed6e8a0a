import TimeSeries

extension Evaluation {
    /// The `le` series of one histogram.
    private struct BucketGroup {
        let labels: Labels
        let name: String
        var dropsName = false
        var bounds: [Double] = []
        var columns: [Column] = []
    }

    func histogramQuantile(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        let quantiles = try scalar(node.arguments[0], grid)
        let columns = try vector(node.arguments[1], grid)
        warnAboutQuantiles(quantiles, node.arguments[0].source)
        return try quantileColumns(columns, quantiles, node.arguments[1].source, grid, label: nil)
    }

    func histogramQuantiles(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        let columns = try vector(node.arguments[0], grid)
        let label = try string(node.arguments[1], grid)
        var out: [Column] = []
        for argument in node.arguments.dropFirst(2) {
            let quantiles = try scalar(argument, grid)
            warnAboutQuantiles(quantiles, argument.source)
            out += try quantileColumns(
                columns, quantiles, node.arguments[0].source, grid,
                label: (label, formatGoFloat(quantiles.first ?? .nan)))
        }
        return out
    }

    private func quantileColumns(
        _ columns: [Column], _ quantiles: [Double], _ source: SourceRange, _ grid: StepGrid,
        label: (name: String, value: String)?
    ) throws -> [Column] {
        let tolerance = options.compatibility == .prometheus2 ? 0 : 1e-12
        let results = try bucketGroups(columns, source).map { group in
            try evaluateBuckets(group, grid, label: label) { histogram, step in
                guard var histogram else { return quantiles[step].isNaN ? .nan : Evaluation.beyond(quantiles[step]) }
                let repair = histogram.repair(tolerance: tolerance)
                if repair.isForced { remarkRepair(repair, group.name, grid.time(step), source) }
                return histogram.quantile(quantiles[step])
            }
        }
        return options.delayedNameRemoval ? results : try Evaluation.merged(results)
    }

    /// What a quantile outside 0…1 gives whatever the buckets are.
    private static func beyond(_ quantile: Double) -> Double {
        quantile < 0 ? -.infinity : quantile > 1 ? .infinity : .nan
    }

    func histogramFraction(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        let lower = try scalar(node.arguments[0], grid)
        let upper = try scalar(node.arguments[1], grid)
        let columns = try vector(node.arguments[2], grid)
        let results = try bucketGroups(columns, node.arguments[2].source).map { group in
            try evaluateBuckets(group, grid, label: nil) { histogram, step in
                guard var histogram else { return .nan }
                _ = histogram.repair(tolerance: 1e-12)
                return histogram.fraction(lower[step], upper[step])
            }
        }
        return options.delayedNameRemoval ? results : try Evaluation.merged(results)
    }

    private func evaluateBuckets(
        _ group: BucketGroup, _ grid: StepGrid, label: (name: String, value: String)?,
        _ value: (ClassicHistogram?, Int) -> Double
    ) throws -> Column {
        try hold(grid.count)
        var labels = group.labels
        if let label { labels = labels.setting(label.name, label.value) }
        var column = Column(labels: labels, dropsName: group.dropsName, steps: grid.count)
        var buckets: [ClassicHistogram.Bucket] = []
        for step in 0..<grid.count {
            buckets.removeAll(keepingCapacity: true)
            for (place, member) in group.columns.enumerated() where !member.values[step].isStaleMarker {
                buckets.append(.init(upperBound: group.bounds[place], count: member.values[step]))
            }
            if !buckets.isEmpty { column.values[step] = value(ClassicHistogram(buckets), step) }
        }
        return column
    }

    private func bucketGroups(_ columns: [Column], _ source: SourceRange) throws -> [BucketGroup] {
        var groups: [BucketGroup] = []
        var places: [Labels: Int] = [:]
        for column in columns where !column.isEmpty {
            let text = column.labels["le"]
            guard let bound = Evaluation.bound(text) else {
                remark(
                    .warning,
                    "bucket label \"le\" is missing or has a malformed value of \(Labels.quoted(text))"
                        + suffix(column.labels.metricName), source)
                continue
            }
            let key = column.labels.dropping(["le"] + (options.delayedNameRemoval ? [] : Evaluation.schemaLabels))
            let place = places[key] ?? groups.count
            if place == groups.count {
                places[key] = place
                groups.append(BucketGroup(labels: key, name: column.labels.metricName))
            }
            groups[place].bounds.append(bound)
            groups[place].columns.append(column)
            groups[place].dropsName = options.delayedNameRemoval
        }
        return groups
    }

    private func suffix(_ name: String) -> String { name.isEmpty ? "" : " for metric name \(Labels.quoted(name))" }

    /// A bucket's bound as Go reads floats.
    static func bound(_ text: String) -> Double? {
        switch text.lowercased() {
        case "+inf", "inf", "+infinity", "infinity": .infinity
        case "-inf", "-infinity": -.infinity
        case "nan", "": nil
        default: Double(text)
        }
    }

    private func remarkRepair(
        _ repair: ClassicHistogram.Repair, _ name: String, _ time: Int64, _ source: SourceRange
    ) {
        remark(
            .info,
            "input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/"
                + "prometheus/latest/querying/functions/#histogram_quantile)" + suffix(name), source)
    }
}
