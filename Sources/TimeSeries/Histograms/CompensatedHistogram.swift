/// A sum of histograms that keeps the low digits which adding up loses (Kahan's sum in Neumaier's form, per bucket).
public struct CompensatedHistogram: Sendable {
    private var total: FloatHistogram
    /// What the total lacks, in the same layout; nil while nothing was added.
    private var lost: FloatHistogram?

    /// Whether the low digits are kept.
    private let keepsDigits: Bool

    /// Starts with a first summand.
    ///
    /// - Parameter keepsDigits: false adds up plainly, as Prometheus 2 does.
    public init(_ first: FloatHistogram, keepsDigits: Bool = true) {
        total = first
        self.keepsDigits = keepsDigits
    }

    /// Whether a count or the sum has become infinite.
    public var overflows: Bool { total.overflows }

    /// Adds a histogram; layouts that differ are brought together.
    public mutating func add(
        _ other: FloatHistogram
    ) throws(IncompatibleHistograms) -> FloatHistogram.CombinationNotes {
        if !keepsDigits { return try total.add(other) }
        var right = other
        var notes = FloatHistogram.CombinationNotes()
        notes.boundsWereReconciled = try FloatHistogram.align(&total, &right)
        notes.hintsConflict = total.adoptHint(right.hint)
        var rest = lost ?? FloatHistogram(schema: total.schema, zeroThreshold: total.zeroThreshold)
        rest.hint = total.hint
        if total.usesCustomBounds {
            if lost == nil { rest.customBounds = total.customBounds } else { rest.coarsen(to: total.customBounds) }
        } else {
            rest.widenZeroBucket(to: total.zeroThreshold)
            rest.reduceResolution(to: total.schema)
        }
        CompensatedHistogram.add(right.zeroCount, &total.zeroCount, &rest.zeroCount)
        CompensatedHistogram.add(right.count, &total.count, &rest.count)
        CompensatedHistogram.add(right.sum, &total.sum, &rest.sum)
        CompensatedHistogram.add(right.positive, &total.positive, &rest.positive)
        CompensatedHistogram.add(right.negative, &total.negative, &rest.negative)
        lost = rest
        return notes
    }

    private static func add(_ value: Double, _ sum: inout Double, _ lost: inout Double) {
        let next = sum + value
        if next.isInfinite {
            lost = 0
        } else if abs(sum) >= abs(value) {
            lost += (sum - next) + value
        } else {
            lost += (value - next) + sum
        }
        sum = next
    }

    private typealias Buckets = [FloatHistogram.IndexedCount]

    private static func add(_ right: Buckets, _ total: inout Buckets, _ lost: inout Buckets) {
        if FloatHistogram.haveSameIndexes(total, right), FloatHistogram.haveSameIndexes(total, lost) {
            for place in total.indices { add(right[place].count, &total[place].count, &lost[place].count) }
            return
        }
        var (sums, rests): (Buckets, Buckets) = ([], [])
        sums.reserveCapacity(total.count + right.count)
        rests.reserveCapacity(total.count + right.count)
        var (one, other, third) = (0, 0, 0)
        while one < total.count || other < right.count || third < lost.count {
            let index = min(
                one < total.count ? total[one].index : .max, other < right.count ? right[other].index : .max,
                third < lost.count ? lost[third].index : .max)
            var (sum, rest) = (0.0, 0.0)
            if one < total.count, total[one].index == index {
                sum = total[one].count
                one += 1
            }
            if third < lost.count, lost[third].index == index {
                rest = lost[third].count
                third += 1
            }
            if other < right.count, right[other].index == index {
                add(right[other].count, &sum, &rest)
                other += 1
            }
            sums.append(.init(index: index, count: sum))
            rests.append(.init(index: index, count: rest))
        }
        total = sums
        lost = rests
    }

    /// Multiplies what was added so far.
    public mutating func multiply(by factor: Double) {
        total.multiply(by: factor)
        lost?.multiply(by: factor)
    }

    /// Divides what was added so far.
    public mutating func divide(by divisor: Double) {
        total.divide(by: divisor)
        lost?.divide(by: divisor)
    }

    /// The sum, rounded once.
    public var result: FloatHistogram {
        guard let lost else { return total }
        var out = total
        // They have one layout, so that this can't fail.
        _ = try? out.add(lost)
        return out
    }
}
