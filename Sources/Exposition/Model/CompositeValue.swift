/// What stands in braces for the value of a histogram or summary in OpenMetrics 2.0.
struct CompositeValue: Equatable {
    /// A bucket's bound with its cumulated count, or a quantile with its value.
    struct Pair: Equatable {
        var key: Double
        var value: Double
    }

    /// Count, sum and the native buckets; nothing but the first two where ``isNative`` is false.
    var histogram = ExpositionHistogram()
    var isNative = false
    /// Nil where there are none, which differs from an empty list.
    var buckets: [Pair]?
    var quantiles: [Pair]?
}

/// The samples that one histogram or summary stands for in the text formats before OpenMetrics 2.0.
struct SampleExpansion {
    /// The most labels that the samples of one histogram or summary may have together.
    ///
    /// Each bucket repeats all labels, so a small text could otherwise become any amount of samples. A hundred labels
    /// with two thousand buckets fit, and without labels as many buckets as a line holds.
    static let maxLabels = 1 << 18

    /// Why so many buckets or quantiles are refused, and what to do; nil when they are few enough.
    static func reasonAgainst(_ count: Int, _ what: String, labels: Int) -> String? {
        guard count > maxLabels / (labels + 1) else { return nil }
        return
            "\(count) \(what) with \(labels) labels are too many; at most \(maxLabels / (labels + 1)) \(what) may have "
            + "as many labels, so expose fewer of either"
    }

    private var suffixed = SuffixedNames()
    private var bounds = BoundTexts()

    /// Emits `name{quantile}` or `name_bucket{le}`, then sum and count; native buckets come first.
    ///
    /// - Parameters:
    ///   - sample: name, labels and times
    ///   - exemplars: all of the line
    mutating func expand(
        _ composite: CompositeValue, _ sample: ExpositionSample, exemplars: [ExpositionExemplar],
        _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        var base = sample
        base.exemplar = nil
        if composite.isNative {
            try emit(
                .histogram(
                    ExpositionHistogramSample(
                        name: base.name, labels: base.labels, histogram: composite.histogram,
                        timestampMillis: base.timestampMillis, createdMillis: base.createdMillis,
                        exemplars: exemplars)))
        }
        if let quantiles = composite.quantiles { try emitPairs(quantiles, "quantile", base.name, base, [], emit) }
        let names = suffixed.names(of: base.name)
        if let buckets = composite.buckets { try emitPairs(buckets, "le", names.bucket, base, exemplars, emit) }
        guard composite.quantiles != nil || composite.buckets != nil else { return }
        base.name = names.sum
        base.value = composite.histogram.sum
        try emit(.sample(base))
        base.name = names.count
        base.value = composite.histogram.count
        try emit(.sample(base))
    }

    private mutating func emitPairs(
        _ pairs: [CompositeValue.Pair], _ label: String, _ name: String, _ base: ExpositionSample,
        _ exemplars: [ExpositionExemplar], _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        var sample = base
        sample.name = name
        let place = sample.labels.count
        sample.labels.append((name: label, value: ""))
        let exemplars = SampleExpansion.assign(exemplars, to: pairs)
        for (index, pair) in pairs.enumerated() {
            sample.labels[place].value = bounds.text(of: pair.key, at: index)
            sample.value = pair.value
            sample.exemplar = exemplars.isEmpty ? nil : exemplars[index]
            try emit(.sample(sample))
        }
    }

    /// For each bucket the exemplar whose value falls into it, of several the last; empty when there are none.
    ///
    /// A line may have tens of thousands of both, so each exemplar looks for its bucket by halving.
    private static func assign(
        _ exemplars: [ExpositionExemplar], to pairs: [CompositeValue.Pair]
    ) -> [ExpositionExemplar?] {
        guard !exemplars.isEmpty else { return [] }
        var found = [ExpositionExemplar?](repeating: nil, count: pairs.count)
        for exemplar in exemplars where !exemplar.value.isNaN {
            var (low, high) = (0, pairs.count)
            while low < high {
                let middle = (low + high) / 2
                if exemplar.value <= pairs[middle].key { high = middle } else { low = middle + 1 }
            }
            if low < pairs.count { found[low] = exemplar }
        }
        return found
    }
}
