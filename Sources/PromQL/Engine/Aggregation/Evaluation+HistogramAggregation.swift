import TimeSeries

extension Evaluation {
    /// Corrects an aggregation's column of numbers at the steps where members are native histograms.
    func aggregateHistograms(_ node: Aggregation, _ members: [Column], into result: inout Column) throws {
        let columns = members.filter(\.hasHistograms)
        if columns.isEmpty { return }
        switch node.operation {
        case .sum, .avg: try sumHistograms(node, members, into: &result)
        case .count, .group:
            for column in columns {
                for step in result.values.indices where column.shared(step) != nil {
                    let before = result.values[step].isStaleMarker ? 0 : result.values[step]
                    result.values[step] = node.operation == .group ? 1 : before + 1
                }
            }
        default: remarkIgnored(node, columns, node.operand.source)
        }
    }

    /// Says that an aggregation of numbers passed over histograms.
    func remarkIgnored(_ node: Aggregation, _ columns: [Column], _ source: SourceRange) {
        if columns.contains(where: { column in column.histograms.contains { $0 != nil } }) {
            remark(.info, "ignored histogram in \(node.operation.rawValue) aggregation", source)
        }
    }

    private func sumHistograms(_ node: Aggregation, _ members: [Column], into result: inout Column) throws {
        let source = node.operand.source
        for step in result.values.indices where members.contains(where: { $0.shared(step) != nil }) {
            if !result.values[step].isStaleMarker {
                remark(.warning, "encountered a mix of histograms and floats for aggregation", source)
                result.clear(step)
                continue
            }
            var mean: HistogramMean?
            var isMixed = false
            for column in members where !isMixed {
                guard let histogram = column.histogram(step) else { continue }
                guard mean != nil else {
                    mean = HistogramMean(histogram, isMean: node.operation == .avg, options.compatibility)
                    continue
                }
                do {
                    try mean?.add(histogram)
                } catch {
                    remark(.warning, Evaluation.mixedSchemas(column.labels.metricName), source)
                    isMixed = true
                }
            }
            if let mean, !isMixed { result.set(mean.result, step) }
            remarkSum(mean, source)
        }
        try hold(result.pointCount - result.values.count)
    }

    func remarkSum(_ mean: HistogramMean?, _ source: SourceRange) {
        if mean?.hintsConflict == true {
            remark(.warning, "conflicting counter resets during histogram aggregation", source)
        }
        if mean?.boundsWereReconciled == true {
            remark(.info, "mismatched custom buckets were reconciled during aggregation", source)
        }
    }

    static func mixedSchemas(_ name: String) -> String {
        "vector contains a mix of histograms with exponential and custom buckets schemas for metric name "
            + Labels.quoted(name)
    }
}
