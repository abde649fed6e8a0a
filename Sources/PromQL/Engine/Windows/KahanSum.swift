/// Kahan's sum in Neumaier's form: the lost low digits are kept apart and added at the end.
struct KahanSum {
    var sum = 0.0
    var compensation = 0.0

    mutating func add(_ value: Double) {
        let total = sum + value
        if total.isInfinite {
            compensation = 0
        } else if abs(sum) >= abs(value) {
            compensation += (sum - total) + value
        } else {
            compensation += (value - total) + sum
        }
        sum = total
    }

    var result: Double { sum.isInfinite ? sum : sum + compensation }
}

/// A mean that sums as long as it can and becomes incremental when the sum would overflow, as Prometheus does.
struct RunningMean {
    private var total = KahanSum()
    private(set) var count = 0.0
    private var isIncremental = false

    init() {}

    /// The mean of values whose sum is known and finite.
    init(total: KahanSum, count: Double) {
        self.total = total
        self.count = count
    }

    mutating func add(_ value: Double) {
        count += 1
        if !isIncremental {
            var next = total
            next.add(value)
            if count == 1 || !next.sum.isInfinite {
                total = next
                return
            }
            isIncremental = true
            total.sum /= count - 1
            total.compensation /= count - 1
        }
        let share = (count - 1) / count
        total.sum *= share
        total.compensation *= share
        total.add(value / count)
    }

    var result: Double {
        isIncremental ? total.sum + total.compensation : total.sum / count + total.compensation / count
    }
}

/// The mean of Prometheus 2: incremental from the first value on.
struct IncrementalMean {
    private var mean = KahanSum()
    private var count = 0.0

    mutating func add(_ value: Double) {
        count += 1
        if mean.sum.isInfinite {
            if value.isInfinite, (mean.sum > 0) == (value > 0) { return }
            if value.isFinite { return }
        }
        mean.add(value / count - mean.sum / count)
    }

    var result: Double { mean.result }
}

/// Welford's variance with compensated sums.
struct RunningVariance {
    private var count = 0.0
    private var mean = KahanSum()
    private var squares = KahanSum()

    mutating func add(_ value: Double) {
        count += 1
        let delta = value - (mean.sum + mean.compensation)
        mean.add(delta / count)
        squares.add(delta * (value - (mean.sum + mean.compensation)))
    }

    /// The population variance.
    var result: Double { (squares.sum + squares.compensation) / count }
}
