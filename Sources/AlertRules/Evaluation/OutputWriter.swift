import TimeSeries

/// Writes what rules make, with Prometheus's view of a second sample at one time: the same value again is fine, another
/// one is refused, whether the first came from a rule or from an input series of the same labels.
struct OutputWriter {
    let outputs: SeriesStore
    let inputs: any SeriesSource
    /// Metric names that both inputs and rules may write.
    let sharedNames: Set<String>

    func append(_ labels: Labels, at millis: Int64, _ value: Double) throws {
        let isSame: (Series) -> Bool = { series in
            series.values.first?.bitPattern == value.bitPattern && series.histogram(at: 0) == nil
        }
        if try isRepeated(labels, at: millis, isSame) { return }
        do {
            try outputs.append(labels, at: millis, value)
        } catch SeriesStoreError.duplicate(let labels, let time) {
            guard try holds(outputs, labels, at: millis, isSame) else {
                throw SeriesStoreError.duplicate(labels: labels, timestampMillis: time)
            }
        }
    }

    func append(_ labels: Labels, at millis: Int64, _ histogram: FloatHistogram) throws {
        if try isRepeated(labels, at: millis, { $0.histogram(at: 0) == histogram }) { return }
        try outputs.append(labels, at: millis, histogram)
    }

    /// Whether an input has the very sample; throws when it has another one.
    private func isRepeated(_ labels: Labels, at millis: Int64, _ isSame: (Series) -> Bool) throws -> Bool {
        guard sharedNames.contains(labels.metricName) else { return false }
        if try holds(inputs, labels, at: millis, isSame) { return true }
        guard try !holds(inputs, labels, at: millis, { _ in true }) else {
            throw SeriesStoreError.duplicate(labels: labels, timestampMillis: millis)
        }
        return false
    }

    private func holds(
        _ source: any SeriesSource, _ labels: Labels, at millis: Int64, _ isSame: (Series) -> Bool
    ) throws -> Bool {
        let matchers = labels.pairs.map { LabelMatcher(name: $0.name, equal: $0.value) }
        return try source.select(matchers, from: millis, through: millis).contains {
            $0.labels == labels && isSame($0)
        }
    }
}
