extension FloatHistogram {
    /// What a caller may want to say about a sum or difference.
    public struct CombinationNotes: Sendable, Equatable {
        /// One operand says that its counter was reset, the other that it wasn't.
        public var hintsConflict = false
        /// Custom bounds differed, and only the common ones are left.
        public var boundsWereReconciled = false

        /// Nothing to say.
        public init() {}
    }

    /// Adds another histogram; layouts that differ are brought together.
    @discardableResult
    public mutating func add(_ other: FloatHistogram) throws(IncompatibleHistograms) -> CombinationNotes {
        try combine(other, sign: 1)
    }

    /// Subtracts another histogram; layouts that differ are brought together. The hint is that of a sum.
    @discardableResult
    public mutating func subtract(_ other: FloatHistogram) throws(IncompatibleHistograms) -> CombinationNotes {
        try combine(other, sign: -1)
    }

    private mutating func combine(
        _ other: FloatHistogram, sign: Double
    ) throws(IncompatibleHistograms) -> CombinationNotes {
        var right = other
        var notes = CombinationNotes()
        notes.boundsWereReconciled = try FloatHistogram.align(&self, &right)
        notes.hintsConflict = adoptHint(right.hint)
        zeroCount += sign * right.zeroCount
        count += sign * right.count
        sum += sign * right.sum
        FloatHistogram.combine(&positive, right.positive, sign)
        FloatHistogram.combine(&negative, right.negative, sign)
        return notes
    }

    private static func combine(_ left: inout [IndexedCount], _ right: [IndexedCount], _ sign: Double) {
        if right.isEmpty { return }
        if haveSameIndexes(left, right) {
            for place in left.indices { left[place].count += sign * right[place].count }
            return
        }
        var out: [IndexedCount] = []
        out.reserveCapacity(left.count + right.count)
        var (one, other) = (0, 0)
        while one < left.count || other < right.count {
            if other == right.count || (one < left.count && left[one].index < right[other].index) {
                out.append(left[one])
                one += 1
            } else if one == left.count || right[other].index < left[one].index {
                out.append(IndexedCount(index: right[other].index, count: sign * right[other].count))
                other += 1
            } else {
                out.append(IndexedCount(index: left[one].index, count: left[one].count + sign * right[other].count))
                one += 1
                other += 1
            }
        }
        left = out
    }

    static func haveSameIndexes(_ left: [IndexedCount], _ right: [IndexedCount]) -> Bool {
        left.count == right.count && left.indices.allSatisfy { left[$0].index == right[$0].index }
    }

    /// The hint of a sum: a gauge makes a gauge, one unknown makes it unknown, and so does a contradiction.
    ///
    /// - Returns: whether the hints contradict each other.
    mutating func adoptHint(_ other: CounterResetHint) -> Bool {
        if other == hint || hint == .gauge { return false }
        if other == .gauge {
            hint = .gauge
            return false
        }
        let conflicts = hint != .unknown && other != .unknown
        hint = .unknown
        return conflicts
    }

    /// Multiplies all counts and the sum; a negative factor makes a gauge.
    public mutating func multiply(by factor: Double) {
        map { $0 * factor }
        if factor < 0 { hint = .gauge }
    }

    /// Divides all counts and the sum; by zero no buckets are left.
    public mutating func divide(by divisor: Double) {
        if divisor == 0 {
            positive = []
            negative = []
        }
        map { $0 / divisor }
        if divisor < 0 { hint = .gauge }
    }

    private mutating func map(_ transform: (Double) -> Double) {
        zeroCount = transform(zeroCount)
        count = transform(count)
        sum = transform(sum)
        for place in positive.indices { positive[place].count = transform(positive[place].count) }
        for place in negative.indices { negative[place].count = transform(negative[place].count) }
    }

    /// Whether a count or the sum is infinite.
    public var overflows: Bool {
        zeroCount.isInfinite || count.isInfinite || sum.isInfinite || positive.contains { $0.count.isInfinite }
            || negative.contains { $0.count.isInfinite }
    }
}
