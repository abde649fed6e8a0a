/// How a family's native (exponential) histograms are kept.
///
/// Source: the native histogram specification of Prometheus, "Data model" and "Exponential schemas".
public struct NativeHistogramOptions: Sendable, Equatable {
    /// The resolution to start with, -4…8: each bucket is 2^(2^-schema) times as wide as the one before.
    ///
    /// 3 has the factor 1.09, and errs by at most 4.3 % in a quantile.
    public var schema: Int
    /// Observations between -threshold and +threshold, both included, are counted in the zero bucket.
    public var zeroThreshold: Double
    /// The most populated buckets, positive and negative ones together, the zero bucket not counted; 1…1,000.
    ///
    /// One more, and the histogram is reset if ``resetAfterSeconds`` allows; else the zero bucket is widened up to
    /// ``maxZeroThreshold``; else the resolution is halved. At schema -4 nothing more can be done: there are at most
    /// 270 such buckets.
    public var maxBuckets: Int
    /// How far the zero bucket may be widened to save buckets; 0 never.
    public var maxZeroThreshold: Double
    /// How long a histogram lives at least before it may start over to get its resolution back; nil never.
    ///
    /// Not together with classic buckets, whose counts must not fall. What a reset costs: observations that fall between
    /// the reading that finds it due and the reset are lost, and what came since the last scrape is never seen in one.
    /// Every reading may reset, a program's own look at its registry as well as a scrape: with several readers each
    /// sees its part only. Readers take a reset for what it is by the created timestamp or the counter reset hint.
    public var resetAfterSeconds: Double?

    /// Describes native histograms; what makes no sense is refused when the family is declared.
    public init(
        schema: Int = 3, zeroThreshold: Double = 0x1p-128, maxBuckets: Int = 160, maxZeroThreshold: Double = 0,
        resetAfterSeconds: Double? = nil
    ) {
        self.schema = schema
        self.zeroThreshold = zeroThreshold
        self.maxBuckets = maxBuckets
        self.maxZeroThreshold = maxZeroThreshold
        self.resetAfterSeconds = resetAfterSeconds
    }

    /// Bytes that a child's native histogram has at most in each shard it is observed in, whatever is observed.
    ///
    /// It begins with 384 bytes and doubles as buckets get populated, up to 4,224 for 160 buckets. Only values that
    /// span all that numbers can express need more: 8,320 bytes hold every bucket of schema -4. Outgrown memory is kept
    /// for other children.
    public var maxBytesPerShard: Int { NativePool.bytes(holding: max(maxBuckets + 1, ExponentialScale.mostBuckets)) }

    /// What is wrong, or nil.
    func problem(besideBuckets: Bool) -> String? {
        guard (-4...8).contains(schema) else { return "schema \(schema) is not in -4…8" }
        guard zeroThreshold >= 0, zeroThreshold.isFinite else { return "zero threshold \(zeroThreshold)" }
        guard (1...1000).contains(maxBuckets) else { return "limit of \(maxBuckets) buckets is not in 1…1000" }
        guard maxZeroThreshold >= 0, maxZeroThreshold.isFinite else {
            return "largest zero threshold \(maxZeroThreshold)"
        }
        guard let resetAfterSeconds else { return nil }
        if besideBuckets { return "resets beside classic buckets" }
        return resetAfterSeconds > 0 && resetAfterSeconds.isFinite ? nil : "reset after \(resetAfterSeconds) s"
    }
}
