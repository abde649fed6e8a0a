import TimeSeries

/// `topk`, `bottomk`, `limitk` and `limit_ratio`: which series of a group stay, step by step.
struct SeriesChoice {
    private let operation: AggregationOperator
    private let counts: [Int]
    private let ratios: [Double]

    init(_ evaluation: Evaluation, _ node: Aggregation, _ parameter: [Double]) throws {
        operation = node.operation
        if operation == .limitRatio {
            counts = []
            ratios = try parameter.map { try SeriesChoice.ratio($0, evaluation, node) }
        } else {
            ratios = []
            counts = try parameter.map(SeriesChoice.count)
        }
    }

    private static func count(_ value: Double) throws -> Int {
        if value.isNaN { throw EvaluationError.failed("Parameter value is NaN") }
        if value >= 0x1p63 {
            throw EvaluationError.failed("Scalar value \(formatGoFloat(value)) overflows int64")
        }
        if value <= -0x1p63 {
            throw EvaluationError.failed("Scalar value \(formatGoFloat(value)) underflows int64")
        }
        return Int(value)
    }

    private static func ratio(_ value: Double, _ evaluation: Evaluation, _ node: Aggregation) throws -> Double {
        if value.isNaN { throw EvaluationError.failed("Ratio value is NaN") }
        let capped = max(-1, min(1, value))
        if capped != value {
            evaluation.remark(
                .warning,
                "ratio value should be between -1 and 1, got \(formatGoFloat(value)), capping to "
                    + formatGoFloat(capped), node.parameter?.source ?? node.source)
        }
        return capped
    }

    /// The group's columns with only the chosen samples, best first where there is one step.
    func chosen(_ columns: [Column], _ steps: Int) -> [Column] {
        switch operation {
        case .limitRatio: return byRatio(columns, steps)
        case .limitk: return byPlace(columns, steps)
        default: return byValue(columns)
        }
    }

    /// The empty heaps of a group for `topk` and `bottomk`.
    func heaps(members: Int) -> TopHeaps {
        TopHeaps(capacities: counts, members: members, prefersLarge: operation == .topk)
    }

    /// The memory of the heaps of a group, in units of a float sample.
    func heapUnits(members: Int) -> Int { TopHeaps.units(counts, members: members) }

    private func byValue(_ columns: [Column]) -> [Column] {
        var heaps = heaps(members: columns.count)
        for (place, column) in columns.enumerated() {
            column.values.withUnsafeBufferPointer { heaps.offer($0, place, isDense: false) }
        }
        return heaps.columns(columns.map { .init(labels: $0.labels, dropsName: $0.dropsName) })
    }

    private func byPlace(_ columns: [Column], _ steps: Int) -> [Column] {
        var taken = [Int](repeating: 0, count: steps)
        return columns.compactMap { column in
            var next = column
            for step in 0..<steps where column.isPresent(step) {
                if taken[step] < counts[step] {
                    taken[step] += 1
                } else {
                    next.clear(step)
                }
            }
            return next.isEmpty ? nil : next
        }
    }

    /// A ratio r keeps the series whose hash, scaled to 0…1, is below r; -r keeps the complement of 1 - r.
    private func byRatio(_ columns: [Column], _ steps: Int) -> [Column] {
        columns.compactMap { column in
            var next = column
            let offset = SeriesChoice.sampleOffset(column.labels)
            for step in 0..<steps {
                let ratio = ratios[step]
                let stays = ratio >= 0 ? offset < ratio : offset >= 1 + ratio
                if !stays { next.clear(step) }
            }
            return next.isEmpty ? nil : next
        }
    }

    /// A hash of the labels between 0 and 1; that of Prometheus 3, so that it chooses the same series.
    private static func sampleOffset(_ labels: Labels) -> Double {
        var bytes: [UInt8] = []
        for pair in labels.pairs {
            for text in [pair.name, pair.value] {
                let length = text.utf8.count
                if length < 255 {
                    bytes.append(UInt8(length))
                } else {
                    bytes += [255] + [0, 8, 16].map { UInt8(truncatingIfNeeded: length >> $0) }
                }
                bytes += text.utf8
            }
        }
        return Double(XXHash64.hash(bytes)) / Double(UInt64.max)
    }
}
