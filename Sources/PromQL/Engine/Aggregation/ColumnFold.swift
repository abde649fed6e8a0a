import TimeSeries

/// A group's numbers under construction: takes its members' columns one after another and keeps none.
///
/// Benchmark: Benchmarks/PromQLBench.
protocol ColumnFold {
    /// Takes a column; `isDense` says that no step is without a sample.
    mutating func add(_ column: UnsafeBufferPointer<Double>, isDense: Bool)

    /// One number a step, the staleness marker where no member had one.
    func result() -> [Double]
}

extension AggregationOperator {
    /// The beginning of a group; nil for operators that need all members at once.
    ///
    /// - Parameter startsBlind: as in Prometheus 2, a group's first value counts as its mean even if it is NaN.
    func fold(_ steps: Int, startsBlind: Bool) -> (any ColumnFold)? {
        switch self {
        case .sum: SumFold(steps)
        case .avg: MeanFold(steps)
        case .stddev: SpreadFold(steps, isDeviation: true, startsBlind: startsBlind)
        case .stdvar: SpreadFold(steps, isDeviation: false, startsBlind: startsBlind)
        case .count: CountFold(steps, counts: true)
        case .group: CountFold(steps, counts: false)
        case .min: ExtremeFold(steps, isMaximum: false)
        case .max: ExtremeFold(steps, isMaximum: true)
        default: nil
        }
    }
}

/// Kahan's sums in Neumaier's form (``KahanSum``), sums and lost digits in columns of their own, so that columns
/// without gaps are added several steps at a time.
struct CompensatedSums {
    private(set) var sums: [Double]
    private(set) var tails: [Double]

    init(_ steps: Int) {
        sums = [Double](repeating: 0, count: steps)
        tails = sums
    }

    mutating func add(_ column: UnsafeBufferPointer<Double>) {
        sums.withUnsafeMutableBufferPointer { sums in
            tails.withUnsafeMutableBufferPointer { tails in
                for step in 0..<min(column.count, sums.count, tails.count) {
                    let (sum, value) = (sums[step], column[step])
                    let total = sum + value
                    let isLarger = abs(sum) >= abs(value)
                    let large = isLarger ? sum : value
                    let small = isLarger ? value : sum
                    let tail = tails[step] + ((large - total) + small)
                    tails[step] = abs(total) == .infinity ? 0 : tail
                    sums[step] = total
                }
            }
        }
    }

    /// Adds a column with gaps, and notes the steps where it has none.
    mutating func add(_ column: UnsafeBufferPointer<Double>, notingIn present: inout [Bool]) {
        sums.withUnsafeMutableBufferPointer { sums in
            tails.withUnsafeMutableBufferPointer { tails in
                present.withUnsafeMutableBufferPointer { present in
                    for step in 0..<min(column.count, present.count) where !column[step].isStaleMarker {
                        var sum = KahanSum(sum: sums[step], compensation: tails[step])
                        sum.add(column[step])
                        sums[step] = sum.sum
                        tails[step] = sum.compensation
                        present[step] = true
                    }
                }
            }
        }
    }
}

struct SumFold: ColumnFold {
    private var sums: CompensatedSums
    private var present: [Bool]
    private var isPresent = false

    init(_ steps: Int) {
        sums = CompensatedSums(steps)
        present = [Bool](repeating: false, count: steps)
    }

    mutating func add(_ column: UnsafeBufferPointer<Double>, isDense: Bool) {
        if isDense {
            isPresent = true
            sums.add(column)
            return
        }
        sums.add(column, notingIn: &present)
    }

    func result() -> [Double] {
        present.indices.map { step in
            if !isPresent, !present[step] { return Column.absent }
            let sum = sums.sums[step]
            return sum.isInfinite ? sum : sum + sums.tails[step]
        }
    }
}

/// Means as ``RunningMean`` computes them; as long as no column has a gap and no sum overflows, plain sums do.
struct MeanFold: ColumnFold {
    private var sums: CompensatedSums
    private var count = 0.0
    private var means: [RunningMean] = []

    init(_ steps: Int) { sums = CompensatedSums(steps) }

    mutating func add(_ column: UnsafeBufferPointer<Double>, isDense: Bool) {
        if means.isEmpty, isDense, staysFinite(column) {
            sums.add(column)
            count += 1
            return
        }
        if means.isEmpty {
            means = sums.sums.indices.map { step in
                RunningMean(
                    total: KahanSum(sum: sums.sums[step], compensation: sums.tails[step]), count: count)
            }
        }
        for step in column.indices where !column[step].isStaleMarker { means[step].add(column[step]) }
    }

    /// Whether no sum would become infinite.
    private func staysFinite(_ column: UnsafeBufferPointer<Double>) -> Bool {
        var overflows = false
        sums.sums.withUnsafeBufferPointer { sums in
            for step in 0..<min(column.count, sums.count) where abs(sums[step] + column[step]) == .infinity {
                overflows = true
            }
        }
        return !overflows
    }

    func result() -> [Double] {
        if means.isEmpty {
            return sums.sums.indices.map { step in
                count == 0 ? Column.absent : sums.sums[step] / count + sums.tails[step] / count
            }
        }
        return means.map { $0.count == 0 ? Column.absent : $0.result }
    }
}

/// Welford's variances.
struct SpreadFold: ColumnFold {
    private let isDeviation: Bool
    private let startsBlind: Bool
    private var counts: [Double]
    private var means: [Double]
    private var squares: [Double]

    init(_ steps: Int, isDeviation: Bool, startsBlind: Bool) {
        self.isDeviation = isDeviation
        self.startsBlind = startsBlind
        counts = [Double](repeating: 0, count: steps)
        means = counts
        squares = counts
    }

    mutating func add(_ column: UnsafeBufferPointer<Double>, isDense: Bool) {
        for step in column.indices where isDense || !column[step].isStaleMarker {
            let value = column[step]
            counts[step] += 1
            if startsBlind, counts[step] == 1 {
                means[step] = value
                continue
            }
            let delta = value - means[step]
            means[step] += delta / counts[step]
            squares[step] += delta * (value - means[step])
        }
    }

    func result() -> [Double] {
        counts.indices.map { step in
            if counts[step] == 0 { return Column.absent }
            let variance = squares[step] / counts[step]
            return isDeviation ? variance.squareRoot() : variance
        }
    }
}

/// `count`, and `group`, whose value is one.
struct CountFold: ColumnFold {
    private let counts: Bool
    private var values: [Double]

    init(_ steps: Int, counts: Bool) {
        self.counts = counts
        values = [Double](repeating: 0, count: steps)
    }

    mutating func add(_ column: UnsafeBufferPointer<Double>, isDense: Bool) {
        for step in column.indices where isDense || !column[step].isStaleMarker { values[step] += 1 }
    }

    func result() -> [Double] { values.map { $0 == 0 ? Column.absent : counts ? $0 : 1 } }
}

/// `min` and `max`; NaN only where a group has nothing else.
struct ExtremeFold: ColumnFold {
    private let isMaximum: Bool
    private var values: [Double]

    init(_ steps: Int, isMaximum: Bool) {
        self.isMaximum = isMaximum
        values = [Double](repeating: Column.absent, count: steps)
    }

    mutating func add(_ column: UnsafeBufferPointer<Double>, isDense: Bool) {
        values.withUnsafeMutableBufferPointer { values in
            for step in 0..<min(column.count, values.count) where isDense || !column[step].isStaleMarker {
                let (best, value) = (values[step], column[step])
                if best.isNaN || (isMaximum ? value > best : value < best) { values[step] = value }
            }
        }
    }

    func result() -> [Double] { values }
}
