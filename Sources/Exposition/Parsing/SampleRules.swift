/// What a single OpenMetrics sample must fulfil by the type of its family.
enum SampleRules {
    static func check(
        _ sample: ExpositionSample, suffix: String, kind: MetricKind, family: String, _ scanner: LineScanner
    ) throws(ExpositionError) {
        if sample.exemplar != nil, !allowsExemplar(kind, suffix) {
            throw scanner.failure(at: 0, "an exemplar may only stand on a counter's total or a bucket")
        }
        switch kind {
        case .counter:
            try checkCount(sample.value, mayBeFraction: true, scanner)
        case .histogram, .gaugehistogram:
            try checkHistogram(sample, suffix: suffix, scanner)
        case .summary:
            try checkSummary(sample, suffix: suffix, scanner)
        case .info:
            guard sample.value == 1 else { throw scanner.failure(at: 0, "the value of an info is 1") }
        case .stateset:
            guard sample.value == 0 || sample.value == 1 else {
                throw scanner.failure(at: 0, "the value of a state is 0 or 1")
            }
            guard sample.labels.contains(where: { $0.name.hasSameBytes(as: family) }) else {
                throw scanner.failure(at: 0, "a state set needs the label \"\(family)\"")
            }
        case .gauge, .unknown:
            break
        }
    }

    private static func allowsExemplar(_ kind: MetricKind, _ suffix: String) -> Bool {
        switch kind {
        case .counter: suffix == "_total"
        case .histogram, .gaugehistogram: suffix == "_bucket"
        default: false
        }
    }

    private static func checkCount(
        _ value: Double, mayBeFraction: Bool, _ scanner: LineScanner
    ) throws(ExpositionError) {
        guard value >= 0 else { throw scanner.failure(at: 0, "the value must not be negative or NaN") }
        guard mayBeFraction || value.rounded() == value else {
            throw scanner.failure(at: 0, "a count must be a whole number")
        }
    }

    private static func checkHistogram(
        _ sample: ExpositionSample, suffix: String, _ scanner: LineScanner
    ) throws(ExpositionError) {
        switch suffix {
        case "_bucket":
            guard let bound = number(of: "le", in: sample), !bound.isNaN else {
                throw scanner.failure(at: 0, "a bucket needs the label \"le\" with a number")
            }
            try checkCount(sample.value, mayBeFraction: false, scanner)
        case "_count", "_gcount":
            try checkCount(sample.value, mayBeFraction: false, scanner)
        case "_created":
            try checkCount(sample.value, mayBeFraction: true, scanner)
        default:
            guard !sample.value.isNaN else { throw scanner.failure(at: 0, "a sum must not be NaN") }
            if suffix == "_sum" { try checkCount(sample.value, mayBeFraction: true, scanner) }
        }
    }

    private static func checkSummary(
        _ sample: ExpositionSample, suffix: String, _ scanner: LineScanner
    ) throws(ExpositionError) {
        guard suffix.isEmpty else {
            try checkCount(sample.value, mayBeFraction: suffix != "_count", scanner)
            return
        }
        guard let quantile = number(of: "quantile", in: sample), quantile >= 0, quantile <= 1 else {
            throw scanner.failure(at: 0, "a summary needs the label \"quantile\" with a number from 0 to 1")
        }
        guard !(sample.value < 0) else { throw scanner.failure(at: 0, "a quantile must not be negative") }
    }

    /// The number in a label.
    static func number(of label: String, in sample: ExpositionSample) -> Double? {
        guard let text = sample.labels.first(where: { $0.name == label })?.value else { return nil }
        return [UInt8](text.utf8).withUnsafeBufferPointer { NumberText.parse($0)?.value }
    }
}
