/// The series of an OpenMetrics family that have the same labels but for `le`, `quantile` or the state.
struct SeriesGroup {
    /// The hash of the labels they have in common, in any order.
    let key: UInt64
    private var timestampSeconds: Double?
    /// Series that stood at the current timestamp.
    private var seen: Set<UInt64> = []
    private var buckets: (bound: Double, count: Double)?
    private var hasNegativeBucket = false
    private var infinite: Double?
    private var count: Double?
    private var sum: Double?

    init(key: UInt64, timestampSeconds: Double?) {
        self.key = key
        self.timestampSeconds = timestampSeconds
    }

    /// A hash of labels that does not depend on their order.
    static func key(of labels: [(name: String, value: String)], without excluded: String?) -> UInt64 {
        labels.reduce(1) { sum, label in
            excluded.map { label.name.hasSameBytes(as: $0) } == true
                ? sum : sum &+ KeyedHash.combine(KeyedHash.hash(label.name), KeyedHash.hash(label.value))
        }
    }

    /// Takes a sample in.
    mutating func add(
        _ parsed: ParsedSample, suffix: String, kind: MetricKind, _ scanner: LineScanner
    ) throws(ExpositionError) {
        try checkTime(parsed, kind, scanner)
        let sample = parsed.sample
        let series = KeyedHash.combine(KeyedHash.hash(suffix), SeriesGroup.key(of: sample.labels, without: nil))
        guard seen.count > 4096 || seen.insert(series).inserted || parsed.timestampSeconds != nil else {
            throw scanner.failure(at: 0, "the series stands twice")
        }
        guard kind == .histogram || kind == .gaugehistogram else { return }
        switch suffix {
        case "_bucket": try addBucket(sample, scanner)
        case "_count", "_gcount": count = sample.value
        case "_sum", "_gsum": sum = sample.value
        default: break
        }
    }

    private mutating func checkTime(
        _ parsed: ParsedSample, _ kind: MetricKind, _ scanner: LineScanner
    ) throws(ExpositionError) {
        let now = parsed.timestampSeconds
        guard (now == nil) == (timestampSeconds == nil) else {
            throw scanner.failure(at: 0, "either all samples of a group have timestamps or none")
        }
        guard let now, let last = timestampSeconds, now != last else { return }
        guard now > last || kind == .info else { throw scanner.failure(at: 0, "timestamps must not go back") }
        timestampSeconds = now
        seen.removeAll(keepingCapacity: true)
        // With a new timestamp a new point of the histogram begins.
        if kind == .histogram || kind == .gaugehistogram {
            try finish(kind, scanner)
            (buckets, infinite, count, sum) = (nil, nil, nil, nil)
        }
    }

    private mutating func addBucket(_ sample: ExpositionSample, _ scanner: LineScanner) throws(ExpositionError) {
        let bound = SampleRules.number(of: "le", in: sample) ?? .nan
        if let last = buckets {
            guard bound >= last.bound else { throw scanner.failure(at: 0, "bucket bounds must ascend") }
            guard sample.value >= last.count else { throw scanner.failure(at: 0, "bucket counts must not fall") }
        }
        buckets = (bound, sample.value)
        hasNegativeBucket = hasNegativeBucket || bound < 0
        if sample.labels.contains(where: { $0.name == "le" && $0.value == "+Inf" }) { infinite = sample.value }
    }

    /// The group is over: a histogram must be complete and agree with itself.
    func finish(_ kind: MetricKind, _ scanner: LineScanner) throws(ExpositionError) {
        guard kind == .histogram || kind == .gaugehistogram else { return }
        guard let infinite else { throw scanner.failure(at: 0, "the bucket le=\"+Inf\" is missing before this line") }
        guard (count == nil) == (sum == nil) else {
            throw scanner.failure(at: 0, "count and sum must both be there or both not, before this line")
        }
        if let count, count != infinite {
            throw scanner.failure(at: 0, "the count differs from the bucket le=\"+Inf\", before this line")
        }
        guard let sum else { return }
        if kind == .histogram, hasNegativeBucket {
            throw scanner.failure(at: 0, "a histogram with negative bounds has no sum, before this line")
        }
        if sum < 0, !hasNegativeBucket {
            throw scanner.failure(at: 0, "the sum is negative though no bound is, before this line")
        }
    }
}
