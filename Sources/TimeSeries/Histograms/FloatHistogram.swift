/// A native histogram with absolute, possibly fractional counts: one sample of a series.
///
/// The standard schemas −4…8 divide each power of two into `2^schema` buckets; schema −53 has bounds of its own.
/// Specified in Prometheus's native-histogram specification; a PromQL operation may leave fractional or negative
/// counts.
public struct FloatHistogram: Sendable {
    /// A bucket's place in its schema, and what it counts.
    public struct IndexedCount: Sendable, Equatable {
        /// Bucket `i` holds `bound(i−1) < v ≤ bound(i)`, of negative observations their magnitudes.
        public var index: Int32
        /// Its observations.
        public var count: Double

        /// Makes a bucket.
        public init(index: Int32, count: Double) {
            self.index = index
            self.count = count
        }
    }

    /// What is known about counter resets between a sample and the one before.
    public enum CounterResetHint: UInt8, Sendable {
        /// Nothing: counts must be compared.
        case unknown
        /// The counter was reset.
        case reset
        /// The counter was not reset.
        case notReset
        /// It's no counter.
        case gauge
    }

    /// The schema of histograms with bounds of their own.
    public static let customSchema: Int32 = -53
    /// The schemas whose bounds are powers of two and their roots.
    public static let standardSchemas: ClosedRange<Int32> = -4...8

    /// More buckets than any histogram of numbers can have on one side: all of schema 8, subnormal numbers included.
    public static let mostBuckets = 2_100 << 8

    /// What is known about a counter reset before this sample.
    public var hint: CounterResetHint
    /// −4…8, or ``customSchema``.
    public var schema: Int32
    /// The half width of the zero bucket.
    public var zeroThreshold: Double
    /// What fell into the zero bucket.
    public var zeroCount: Double
    /// All observations, NaN included.
    public var count: Double
    /// The sum of all observations.
    public var sum: Double
    /// Buckets above the zero bucket (with custom bounds: all buckets), index ascending.
    public var positive: [IndexedCount]
    /// Buckets below the zero bucket, by the magnitude of their bounds, index ascending.
    public var negative: [IndexedCount]
    /// Upper bounds of schema −53, ascending, without +Inf; empty otherwise.
    public var customBounds: [Double]

    /// Makes a histogram; without arguments an empty one.
    public init(
        schema: Int32 = 0, zeroThreshold: Double = 0, zeroCount: Double = 0, count: Double = 0, sum: Double = 0,
        positive: [IndexedCount] = [], negative: [IndexedCount] = [], customBounds: [Double] = [],
        hint: CounterResetHint = .unknown
    ) {
        self.schema = schema
        self.zeroThreshold = zeroThreshold
        self.zeroCount = zeroCount
        self.count = count
        self.sum = sum
        self.positive = positive
        self.negative = negative
        self.customBounds = customBounds
        self.hint = hint
    }

    /// Whether the bounds are its own.
    public var usesCustomBounds: Bool { schema == FloatHistogram.customSchema }

    /// Memory it takes, in units of a float sample (16 bytes).
    public var sampleUnits: Int { 9 + positive.count + negative.count + customBounds.count / 2 }
}

extension FloatHistogram: Equatable {
    /// Equality of data, as Prometheus's `FloatHistogram.Equals`: the same layout, empty buckets included, and the
    /// same bits in all numbers. The hint doesn't count.
    public static func == (left: FloatHistogram, right: FloatHistogram) -> Bool {
        func same(_ one: [IndexedCount], _ other: [IndexedCount]) -> Bool {
            one.elementsEqual(other) { $0.index == $1.index && $0.count.bitPattern == $1.count.bitPattern }
        }
        return left.schema == right.schema && left.zeroThreshold == right.zeroThreshold
            && left.zeroCount.bitPattern == right.zeroCount.bitPattern
            && left.count.bitPattern == right.count.bitPattern && left.sum.bitPattern == right.sum.bitPattern
            && left.customBounds == right.customBounds && same(left.positive, right.positive)
            && same(left.negative, right.negative)
    }
}
