/// Judges an OpenMetrics 2.0 text line by line; the end is ``OpenMetricsChecker``'s.
///
/// OpenMetrics 2.0-rc0, sections "MetricFamily" and "Metric types": a family's samples have its name, histograms and
/// summaries are one line each.
struct OpenMetrics2Checker {
    private let limits: ExpositionParser.Limits
    private var names: Set<ExactText> = []
    private var family: Family?

    private struct Family {
        let name: String
        var kind: MetricKind?
        var unit: String?
        var hasHelp = false
        var hasSamples = false
        /// The metric that is being read, and those before.
        var metric: UInt64?
        var seen: Set<UInt64> = []
        var timestampSeconds: Double?
    }

    init(limits: ExpositionParser.Limits) { self.limits = limits }

    /// The type of the family that is being read.
    var kind: MetricKind { family?.kind ?? .unknown }

    /// Checks a line of metadata.
    mutating func check(_ event: ExpositionEvent, _ scanner: LineScanner) throws(ExpositionError) {
        switch event {
        case .kind(let name, let kind):
            try open(name, isMetadata: true, scanner)
            guard family?.kind == nil else { throw scanner.failure(at: 0, "TYPE stands twice") }
            if kind == .info, !name.hasSuffix("_info") {
                throw scanner.failure(at: 0, "the name of an info ends in _info")
            }
            family?.kind = kind
        case .help(let name, _):
            try open(name, isMetadata: true, scanner)
            guard family?.hasHelp == false else { throw scanner.failure(at: 0, "HELP stands twice") }
            family?.hasHelp = true
        case .unit(let name, let unit):
            try open(name, isMetadata: true, scanner)
            guard family?.unit == nil else { throw scanner.failure(at: 0, "UNIT stands twice") }
            family?.unit = unit
        case .endOfFile, .sample, .histogram: break
        }
        if let unit = family?.unit, !unit.isEmpty, kind == .info || kind == .stateset {
            throw scanner.failure(at: 0, "a family of type \(kind.rawValue) has no unit")
        }
    }

    /// Checks a line of samples.
    mutating func check(
        _ sample: ExpositionSample, _ composite: CompositeValue?, _ view: borrowing ExpositionSampleView,
        _ scanner: LineScanner
    ) throws(ExpositionError) {
        try open(sample.name, isMetadata: false, scanner)
        family?.hasSamples = true
        if let composite {
            try checkComposite(composite, sample, scanner)
        } else {
            try checkNumber(sample, scanner)
        }
        if !view.exemplars.isEmpty, [.gauge, .info, .stateset].contains(kind) {
            throw scanner.failure(at: 0, "a family of type \(kind.rawValue) has no exemplars")
        }
        try checkOrder(SeriesGroup.key(of: sample.labels, without: nil), view.timestampSeconds, scanner)
    }

    /// The samples of a metric stand together, with times that grow.
    private mutating func checkOrder(
        _ metric: UInt64, _ seconds: Double?, _ scanner: LineScanner
    ) throws(ExpositionError) {
        if family?.metric == metric {
            guard let seconds, let last = family?.timestampSeconds else {
                throw scanner.failure(at: 0, "the series stands twice")
            }
            guard seconds > last else { throw scanner.failure(at: 0, "timestamps must not go back") }
        } else if family?.seen.count ?? 0 < limits.rememberedGroups {
            // In place: a copy of the family would copy the set.
            guard family?.seen.insert(metric).inserted == true else {
                throw scanner.failure(at: 0, "the samples of a series do not stand together")
            }
        }
        family?.metric = metric
        family?.timestampSeconds = seconds
    }

    private mutating func open(
        _ name: String, isMetadata: Bool, _ scanner: LineScanner
    ) throws(ExpositionError) {
        if let family, family.name.hasSameBytes(as: name) {
            guard !isMetadata || !family.hasSamples else {
                throw scanner.failure(at: 0, "metadata stands after the samples")
            }
            return
        }
        guard names.count < limits.families else { throw scanner.failure(at: 0, "too many families") }
        guard names.insert(ExactText(name)).inserted else {
            throw scanner.failure(at: 0, "\"\(name)\" belongs to a family that ended before")
        }
        family = Family(name: name)
    }

    private func checkNumber(_ sample: ExpositionSample, _ scanner: LineScanner) throws(ExpositionError) {
        switch kind {
        case .counter:
            guard sample.value >= 0 else { throw scanner.failure(at: 0, "the value must not be negative or NaN") }
        case .info:
            guard sample.value == 1 else { throw scanner.failure(at: 0, "the value of an info is 1") }
        case .stateset:
            guard sample.value == 0 || sample.value == 1 else {
                throw scanner.failure(at: 0, "the value of a state is 0 or 1")
            }
            guard sample.labels.contains(where: { $0.name.hasSameBytes(as: sample.name) }) else {
                throw scanner.failure(at: 0, "a state set needs the label \"\(sample.name)\"")
            }
        case .histogram, .gaugehistogram, .summary:
            throw scanner.failure(at: 0, "the value of a \(kind.rawValue) has several fields in braces")
        case .gauge, .unknown: break
        }
    }

    private func checkComposite(
        _ value: CompositeValue, _ sample: ExpositionSample, _ scanner: LineScanner
    ) throws(ExpositionError) {
        let isSummary = value.quantiles != nil
        let count = (value.quantiles ?? value.buckets ?? []).count
        let what = isSummary ? "quantiles" : "buckets"
        if let reason = SampleExpansion.reasonAgainst(count, what, labels: sample.labels.count) {
            throw scanner.failure(at: 0, reason)
        }
        switch kind {
        case .unknown: break
        case .summary where isSummary: break
        case .histogram where !isSummary && !value.histogram.isGauge: break
        case .gaugehistogram where !isSummary: break
        default: throw scanner.failure(at: 0, "the value does not fit the type \(kind.rawValue)")
        }
        if let quantiles = value.quantiles { try checkQuantiles(quantiles, value, sample, scanner) }
        if let buckets = value.buckets { try checkBuckets(buckets, value, sample, scanner) }
        guard kind != .gaugehistogram, !value.histogram.isGauge else { return }
        let counts = value.histogram.positiveCounts + value.histogram.negativeCounts
        guard value.histogram.count >= 0, value.histogram.zeroCount >= 0, counts.allSatisfy({ $0 >= 0 }) else {
            throw scanner.failure(at: 0, "a count must not be negative or NaN")
        }
    }

    private func checkQuantiles(
        _ quantiles: [CompositeValue.Pair], _ value: CompositeValue, _ sample: ExpositionSample,
        _ scanner: LineScanner
    ) throws(ExpositionError) {
        guard !sample.labels.contains(where: { $0.name == "quantile" }) else {
            throw scanner.failure(at: 0, "a summary has no label \"quantile\"")
        }
        guard quantiles.allSatisfy({ $0.key >= 0 && $0.key <= 1 }) else {
            throw scanner.failure(at: 0, "a quantile is a number from 0 to 1")
        }
        guard !quantiles.contains(where: { $0.value < 0 }), value.histogram.sum >= 0 else {
            throw scanner.failure(at: 0, "a quantile or sum must not be negative")
        }
    }

    private func checkBuckets(
        _ buckets: [CompositeValue.Pair], _ value: CompositeValue, _ sample: ExpositionSample,
        _ scanner: LineScanner
    ) throws(ExpositionError) {
        guard !sample.labels.contains(where: { $0.name == "le" }) else {
            throw scanner.failure(at: 0, "a histogram has no label \"le\"")
        }
        guard let last = buckets.last, last.key == .infinity else {
            throw scanner.failure(at: 0, "the bucket +Inf is missing")
        }
        guard last.value == value.histogram.count || last.value.isNaN else {
            throw scanner.failure(at: 0, "the count differs from the bucket +Inf")
        }
        guard kind != .gaugehistogram, !value.histogram.isGauge else { return }
        guard !zip(buckets, buckets.dropFirst()).contains(where: { $0.value > $1.value }),
            buckets[0].value >= 0
        else { throw scanner.failure(at: 0, "bucket counts must not fall") }
    }
}
