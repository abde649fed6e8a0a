/// A run of consecutive buckets of a native histogram.
public struct BucketSpan: Sendable, Equatable {
    /// Of the first span the index of its first bucket, of a later one the number of buckets left out before it.
    public var offset: Int32
    /// The number of buckets.
    public var length: UInt32

    /// Makes a span.
    public init(offset: Int32, length: UInt32) {
        self.offset = offset
        self.length = length
    }
}

/// A native histogram as it is exposed, its counts absolute and not as deltas.
///
/// Bucket `i` of the standard schemas −4…8 holds `base^(i−1) < v ≤ base^i` with `base = 2^(2^−schema)`; schema −53
/// has bounds of its own, bucket `i` with `customBounds[i−1] < v ≤ customBounds[i]`.
public struct ExpositionHistogram: Sendable, Equatable {
    /// −4…8, or −53 with ``customBounds``.
    public var schema: Int32
    /// The half width of the zero bucket.
    public var zeroThreshold: Double
    /// What fell into the zero bucket.
    public var zeroCount: Double
    /// All observations, NaN included.
    public var count: Double
    /// The sum of all observations.
    public var sum: Double
    /// The positive buckets that are there.
    public var positiveSpans: [BucketSpan]
    /// One count per bucket of ``positiveSpans``.
    public var positiveCounts: [Double]
    /// The negative buckets that are there, by the magnitude of their bounds.
    public var negativeSpans: [BucketSpan]
    /// One count per bucket of ``negativeSpans``.
    public var negativeCounts: [Double]
    /// The upper bounds of schema −53, ascending, without +Inf; empty otherwise.
    public var customBounds: [Double]
    /// True when the counts came as floating point numbers.
    public var isFloat: Bool
    /// True when the counts may fall, as of a gauge histogram.
    public var isGauge: Bool

    /// Makes a histogram; without arguments an empty one.
    public init(
        schema: Int32 = 0, zeroThreshold: Double = 0, zeroCount: Double = 0, count: Double = 0, sum: Double = 0,
        positiveSpans: [BucketSpan] = [], positiveCounts: [Double] = [], negativeSpans: [BucketSpan] = [],
        negativeCounts: [Double] = [], customBounds: [Double] = [], isFloat: Bool = false, isGauge: Bool = false
    ) {
        self.schema = schema
        self.zeroThreshold = zeroThreshold
        self.zeroCount = zeroCount
        self.count = count
        self.sum = sum
        self.positiveSpans = positiveSpans
        self.positiveCounts = positiveCounts
        self.negativeSpans = negativeSpans
        self.negativeCounts = negativeCounts
        self.customBounds = customBounds
        self.isFloat = isFloat
        self.isGauge = isGauge
    }
}

/// A series' native histogram at one time.
public struct ExpositionHistogramSample: Sendable {
    /// The family's name, without suffix.
    public var name: String
    /// Labels in the order in which they stand there.
    public var labels: [(name: String, value: String)]
    /// The buckets.
    public var histogram: ExpositionHistogram
    /// Milliseconds of Unix time. Nil when there is none.
    public var timestampMillis: Int64?
    /// Milliseconds of Unix time at which counting began.
    public var createdMillis: Int64?
    /// Examples of what was counted; of native histograms they always have a time.
    public var exemplars: [ExpositionExemplar]

    /// Makes a sample.
    public init(
        name: String, labels: [(name: String, value: String)], histogram: ExpositionHistogram,
        timestampMillis: Int64? = nil, createdMillis: Int64? = nil, exemplars: [ExpositionExemplar] = []
    ) {
        self.name = name
        self.labels = labels
        self.histogram = histogram
        self.timestampMillis = timestampMillis
        self.createdMillis = createdMillis
        self.exemplars = exemplars
    }
}

extension ExpositionHistogramSample: Equatable {
    /// Equal in all parts; a NaN sum equals a NaN sum.
    public static func == (left: ExpositionHistogramSample, right: ExpositionHistogramSample) -> Bool {
        var (first, second) = (left.histogram, right.histogram)
        if first.sum.isNaN, second.sum.isNaN { (first.sum, second.sum) = (0, 0) }
        return first == second && left.name.hasSameBytes(as: right.name)
            && left.timestampMillis == right.timestampMillis
            && left.createdMillis == right.createdMillis && left.exemplars == right.exemplars
            && left.labels.hasSameBytes(as: right.labels)
    }
}

extension BucketSpan {
    /// What is wrong with spans that hold `counts` buckets, or nil.
    static func reasonAgainst(_ spans: [BucketSpan], counts: Int) -> String? {
        var buckets: UInt64 = 0
        var index: Int64 = 0
        for (place, span) in spans.enumerated() {
            guard place == 0 || span.offset >= 0 else { return "overlap" }
            buckets += UInt64(span.length)
            index += Int64(span.offset) + Int64(span.length)
            // So an index of a bucket always fits into 32 bits.
            guard index.magnitude <= UInt64(Int32.max), buckets <= UInt64(Int32.max) else { return "reach too far" }
        }
        return buckets == UInt64(counts) ? nil : "hold \(buckets) buckets, but there are \(counts) counts"
    }
}
