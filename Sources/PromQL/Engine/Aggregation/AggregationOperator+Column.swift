import TimeSeries

/// The aggregations that make one number of a group, column by column over all steps.
extension AggregationOperator {
    /// - Parameter startsBlind: as in Prometheus 2, a group's first value counts as its mean even if it is NaN.
    func column(_ columns: [Column], _ steps: Int, startsBlind: Bool) -> [Double] {
        switch self {
        case .sum: return sums(columns, steps)
        case .avg: return means(columns, steps)
        case .stddev, .stdvar: return spreads(columns, steps, startsBlind: startsBlind)
        case .count: return folded(columns, steps, first: { _ in 1 }, next: { count, _ in count + 1 })
        case .group: return folded(columns, steps, first: { _ in 1 }, next: { one, _ in one })
        case .min:
            return folded(columns, steps, first: { $0 }, next: { $1 < $0 || $0.isNaN ? $1 : $0 })
        case .max:
            return folded(columns, steps, first: { $0 }, next: { $1 > $0 || $0.isNaN ? $1 : $0 })
        default: return [Double](repeating: Column.absent, count: steps)
        }
    }

    @inline(__always)
    private func folded(
        _ columns: [Column], _ steps: Int, first: (Double) -> Double, next: (Double, Double) -> Double
    ) -> [Double] {
        var out = [Double](repeating: Column.absent, count: steps)
        for column in columns {
            for step in 0..<steps where !column.values[step].isStaleMarker {
                let value = column.values[step]
                out[step] = out[step].isStaleMarker ? first(value) : next(out[step], value)
            }
        }
        return out
    }

    private func sums(_ columns: [Column], _ steps: Int) -> [Double] {
        var sums = [KahanSum](repeating: KahanSum(), count: steps)
        var present = [Bool](repeating: false, count: steps)
        for column in columns {
            for step in 0..<steps where !column.values[step].isStaleMarker {
                sums[step].add(column.values[step])
                present[step] = true
            }
        }
        return (0..<steps).map { present[$0] ? sums[$0].result : Column.absent }
    }

    private func means(_ columns: [Column], _ steps: Int) -> [Double] {
        var means = [RunningMean](repeating: RunningMean(), count: steps)
        for column in columns {
            for step in 0..<steps where !column.values[step].isStaleMarker { means[step].add(column.values[step]) }
        }
        return means.map { $0.count == 0 ? Column.absent : $0.result }
    }

    private func spreads(_ columns: [Column], _ steps: Int, startsBlind: Bool) -> [Double] {
        var counts = [Double](repeating: 0, count: steps)
        var means = [Double](repeating: 0, count: steps)
        var squares = [Double](repeating: 0, count: steps)
        for column in columns {
            for step in 0..<steps where !column.values[step].isStaleMarker {
                let value = column.values[step]
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
        return (0..<steps).map { step in
            if counts[step] == 0 { return Column.absent }
            let variance = squares[step] / counts[step]
            return self == .stddev ? variance.squareRoot() : variance
        }
    }
}
