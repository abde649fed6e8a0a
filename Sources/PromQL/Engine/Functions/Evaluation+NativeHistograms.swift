import TimeSeries

extension Evaluation {
    /// `histogram_count` and its like: one number of each native histogram; numbers go.
    func histogramNumber(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        let argument = node.arguments[0]
        let needsBuckets = node.function == .histogramStddev || node.function == .histogramStdvar
        let columns =
            needsBuckets ? try vector(argument, grid) : try using(.totals) { try vector(argument, grid) }
        let compatibility = options.compatibility
        func number(_ histogram: FloatHistogram) -> Double {
            switch node.function {
            case .histogramCount: histogram.count
            case .histogramSum: histogram.sum
            case .histogramAvg: histogram.sum / histogram.count
            case .histogramStddev: NativeQuantile(histogram, compatibility).variance.squareRoot()
            default: NativeQuantile(histogram, compatibility).variance
            }
        }
        let results = columns.compactMap { column -> Column? in
            if !column.hasHistograms { return nil }
            var result = Column(labels: column.labels, dropsName: column.dropsName, steps: grid.count)
            for step in 0..<grid.count { if let one = column.histogram(step) { result.values[step] = number(one) } }
            return result.isEmpty ? nil : result
        }
        return try withoutNames(results)
    }

    /// A number of each native histogram; not where there are classic buckets of the same name and labels.
    ///
    /// - Parameter value: the number and what is to be said about it.
    func evaluateNative(
        _ inputs: HistogramInputs, _ grid: StepGrid, _ source: SourceRange,
        label: (name: String, value: String)?,
        _ value: (NativeQuantile, Int) -> (value: Double, remark: NativeQuantile.Remark?)
    ) throws -> [Column] {
        try inputs.natives.map { native in
            try hold(grid.count)
            let name = native.column.labels.metricName
            var labels = native.column.labels
            if !options.delayedNameRemoval { labels = labels.dropping(Evaluation.schemaLabels) }
            if let label { labels = labels.setting(label.name, label.value) }
            var result = Column(labels: labels, dropsName: options.delayedNameRemoval, steps: grid.count)
            for step in 0..<grid.count {
                guard let histogram = native.column.histogram(step) else { continue }
                if let group = native.group, inputs.groups[group].hasBuckets(step) {
                    remark(
                        .warning,
                        "vector contains a mix of classic and native histograms" + Evaluation.suffix(name), source)
                    continue
                }
                let found = value(NativeQuantile(histogram, options.compatibility), step)
                result.values[step] = found.value
                if let about = found.remark { remark(.info, about.text + Evaluation.suffix(name), source) }
            }
            return result
        }
    }

    /// ` for metric name "x"`, or nothing.
    static func suffix(_ name: String) -> String {
        name.isEmpty ? "" : " for metric name \(Labels.quoted(name))"
    }
}

extension NativeQuantile.Remark {
    var text: String {
        switch self {
        case .resultIsNaN: "input to histogram_quantile has NaN observations, result is NaN"
        case .resultIsSkewed: "input to histogram_quantile has NaN observations, result is skewed higher"
        case .fractionsExcludeNaN:
            "input to histogram_fraction has NaN observations, which are excluded from all fractions"
        }
    }
}

/// The histograms of a vector: those of classic buckets, put together, and the native ones.
struct HistogramInputs {
    /// The `le` series of one histogram.
    struct BucketGroup {
        let labels: Labels
        let name: String
        var bounds: [Double] = []
        var columns: [Column] = []
        /// The native histograms of the same name and labels.
        var rivals: [Column] = []

        func hasBuckets(_ step: Int) -> Bool { columns.contains { !$0.values[step].isStaleMarker } }
        func hasRival(_ step: Int) -> Bool { rivals.contains { $0.shared(step) != nil } }
    }

    var groups: [BucketGroup] = []
    /// Columns with native histograms, and the group with the same name and labels.
    var natives: [(column: Column, group: Int?)] = []
}
