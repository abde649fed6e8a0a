import TimeSeries

extension Evaluation {
    func histogramQuantile(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        let quantiles = try scalar(node.arguments[0], grid)
        let columns = try using(.buckets) { try vector(node.arguments[1], grid) }
        warnAboutQuantiles(quantiles, node.arguments[0].source)
        return try quantileColumns(columns, quantiles, node.arguments[1].source, grid, label: nil)
    }

    func histogramQuantiles(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        let columns = try using(.buckets) { try vector(node.arguments[0], grid) }
        let label = try string(node.arguments[1], grid)
        var out: [Column] = []
        for argument in node.arguments.dropFirst(2) {
            let quantiles = try scalar(argument, grid)
            warnAboutQuantiles(quantiles, argument.source)
            out += try quantileColumns(
                columns, quantiles, node.arguments[0].source, grid,
                label: (label, Evaluation.quantileText(quantiles.first ?? .nan)))
        }
        return out
    }

    /// A quantile as OpenMetrics writes a float: whole numbers end in `.0`.
    private static func quantileText(_ quantile: Double) -> String {
        let text = formatGoFloat(quantile)
        return quantile.isFinite && !text.contains(where: { $0 == "." || $0 == "e" }) ? text + ".0" : text
    }

    private func quantileColumns(
        _ columns: [Column], _ quantiles: [Double], _ source: SourceRange, _ grid: StepGrid,
        label: (name: String, value: String)?
    ) throws -> [Column] {
        let tolerance = options.compatibility == .prometheus2 ? 0 : 1e-12
        let inputs = try histogramInputs(columns, source)
        let native = try evaluateNative(inputs, grid, source, label: label) { $0.value(quantiles[$1]) }
        let results = try inputs.groups.map { group in
            try evaluateBuckets(group, grid, label: label) { histogram, step in
                if !histogram.isComplete { return quantiles[step].isNaN ? .nan : Evaluation.beyond(quantiles[step]) }
                let repair = histogram.repair(tolerance: tolerance)
                if repair.isForced { remarkRepair(repair, group.name, grid.time(step), source) }
                return histogram.quantile(quantiles[step])
            }
        }
        return options.delayedNameRemoval ? native + results : try Evaluation.merged(native + results)
    }

    /// What a quantile outside 0…1 gives whatever the buckets are.
    private static func beyond(_ quantile: Double) -> Double {
        quantile < 0 ? -.infinity : quantile > 1 ? .infinity : .nan
    }

    func histogramFraction(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        let lower = try scalar(node.arguments[0], grid)
        let upper = try scalar(node.arguments[1], grid)
        let source = node.arguments[2].source
        let inputs = try histogramInputs(try using(.buckets) { try vector(node.arguments[2], grid) }, source)
        let native = try evaluateNative(inputs, grid, source, label: nil) { quantile, step in
            quantile.fraction(lower[step], upper[step])
        }
        let results = try inputs.groups.map { group in
            try evaluateBuckets(group, grid, label: nil) { histogram, step in
                if !histogram.isComplete { return .nan }
                _ = histogram.repair(tolerance: 1e-12)
                return histogram.fraction(lower[step], upper[step])
            }
        }
        return options.delayedNameRemoval ? native + results : try Evaluation.merged(native + results)
    }

    private func evaluateBuckets(
        _ group: HistogramInputs.BucketGroup, _ grid: StepGrid, label: (name: String, value: String)?,
        _ value: (inout ClassicHistogram, Int) -> Double
    ) throws -> Column {
        try hold(grid.count)
        var labels = options.delayedNameRemoval ? group.labels : group.labels.dropping(Evaluation.schemaLabels)
        if let label { labels = labels.setting(label.name, label.value) }
        var column = Column(labels: labels, dropsName: options.delayedNameRemoval, steps: grid.count)
        var rows = BucketRows(group, steps: grid.count)
        var histogram = ClassicHistogram()
        for step in 0..<grid.count {
            rows.read(step, into: &histogram)
            if histogram.isEmpty || group.hasRival(step) { continue }
            column.values[step] = value(&histogram, step)
        }
        return column
    }

    private func histogramInputs(_ columns: [Column], _ source: SourceRange) throws -> HistogramInputs {
        var inputs = HistogramInputs()
        var places: [Labels: Int] = [:]
        var bounds: [String: Double] = [:]
        for column in columns where !column.values.allSatisfy(\.isStaleMarker) {
            let text = column.labels["le"]
            let known = bounds[text]
            guard let bound = known ?? Evaluation.bound(text) else {
                remark(
                    .warning,
                    "bucket label \"le\" is missing or has a malformed value of \(Labels.quoted(text))"
                        + Evaluation.suffix(column.labels.metricName), source)
                continue
            }
            if known == nil { bounds[text] = bound }
            let key = column.labels.dropping(["le"])
            let place = places[key] ?? inputs.groups.count
            if place == inputs.groups.count {
                places[key] = place
                inputs.groups.append(.init(labels: key, name: column.labels.metricName))
            }
            inputs.groups[place].bounds.append(bound)
            inputs.groups[place].columns.append(column)
        }
        for column in columns where column.hasHistograms {
            let group = places[column.labels]
            inputs.natives.append((column, group))
            if let group { inputs.groups[group].rivals.append(column) }
        }
        return inputs
    }

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
                + "prometheus/latest/querying/functions/#histogram_quantile)" + Evaluation.suffix(name), source)
    }
}
