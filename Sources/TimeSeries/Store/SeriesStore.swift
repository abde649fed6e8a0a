import Locking

/// A bounded, in-memory set of series: one writer appends in order, any thread reads.
///
/// Readers get columns that share the store's memory until the next append, so a query over everything copies
/// nothing. All methods take one short lock.
public final class SeriesStore: SeriesSource, Sendable {
    struct State: Sendable {
        var series: [StoredSeries] = []
        var ids: [Labels: Int32] = [:]
        var index = LabelIndex()
        var sampleCount = 0
        /// Memory of the samples, in units of a float sample; a histogram takes several.
        var sampleUnits = 0
        /// Ids in the order of their labels, and the place of each id in it; empty while out of date.
        var rank: [Int32] = []
    }

    /// The bounds it was made with.
    public let limits: SeriesStoreLimits
    let state = Locked(State())

    /// An empty store.
    public init(limits: SeriesStoreLimits = SeriesStoreLimits()) { self.limits = limits }

    /// Series held now.
    public var seriesCount: Int { state.withLock { $0.series.count } }

    /// Samples held now.
    public var sampleCount: Int { state.withLock { $0.sampleCount } }

    /// Adds one sample; a refused one changes nothing.
    ///
    /// - Parameter startMillis: when counting began, 0 when that isn't known; a known one counts as a sample of its
    ///   own towards the limit.
    public func append(
        _ labels: Labels, at timestampMillis: Int64, _ value: Double, startedAt startMillis: Int64 = 0
    ) throws(SeriesStoreError) {
        let failure: SeriesStoreError? = state.withLock { state in
            append(labels, at: timestampMillis, units: startMillis == 0 ? 1 : 2, to: &state) {
                $0.append(timestampMillis, value, startedAt: startMillis)
            }
        }
        if let failure { throw failure }
    }

    /// Adds one native histogram; a refused one changes nothing. A series may mix numbers and histograms.
    ///
    /// The hint on counter resets is found anew: a gauge stays one, the first sample and one after a reset are
    /// unknown, all others say that there was no reset.
    public func append(
        _ labels: Labels, at timestampMillis: Int64, _ histogram: FloatHistogram, startedAt startMillis: Int64 = 0
    ) throws(SeriesStoreError) {
        let failure: SeriesStoreError? = state.withLock { state in
            append(labels, at: timestampMillis, units: (startMillis == 0 ? 1 : 2) + histogram.sampleUnits, to: &state) {
                $0.append(timestampMillis, histogram, startedAt: startMillis)
            }
        }
        if let failure { throw failure }
    }

    /// Adds the samples of a column behind those of the same series, all or none; an empty column adds nothing.
    ///
    /// The column's times must ascend. Hints of histograms are found anew, as for single samples.
    public func append(_ column: Series) throws(SeriesStoreError) {
        guard let first = column.timestamps.first else { return }
        let units = column.sampleUnits
        let failure: SeriesStoreError? = state.withLock { state in
            append(column.labels, at: first, units: units, count: column.count, to: &state) {
                $0.append(contentsOf: column)
            }
        }
        if let failure { throw failure }
    }

    /// Ends a series at a time; unknown series are left alone.
    public func appendStale(_ labels: Labels, at timestampMillis: Int64) throws(SeriesStoreError) {
        let failure: SeriesStoreError? = state.withLock { state in
            guard state.ids[labels] != nil else { return nil }
            return append(labels, at: timestampMillis, units: 1, to: &state) { $0.append(timestampMillis, staleMarker) }
        }
        if let failure { throw failure }
    }

    private func append(
        _ labels: Labels, at timestamp: Int64, units: Int, count: Int = 1, to state: inout State,
        _ add: (inout StoredSeries) -> Void
    ) -> SeriesStoreError? {
        if units > limits.maxSamples - state.sampleUnits { return .tooManySamples(limit: limits.maxSamples) }
        if let id = state.ids[labels] {
            if let last = state.series[Int(id)].last, timestamp <= last {
                if timestamp == last { return .duplicate(labels: labels, timestampMillis: timestamp) }
                return .outOfOrder(labels: labels, timestampMillis: timestamp, lastMillis: last)
            }
            add(&state.series[Int(id)])
        } else {
            var fresh = StoredSeries(labels: labels)
            add(&fresh)
            if let failure = insert(fresh, into: &state) { return failure }
        }
        state.sampleCount += count
        state.sampleUnits += units
        return nil
    }

    /// Takes a series that the store doesn't have.
    func insert(_ fresh: StoredSeries, into state: inout State) -> SeriesStoreError? {
        guard state.series.count < limits.maxSeries, let id = Int32(exactly: state.series.count) else {
            return .tooManySeries(limit: limits.maxSeries)
        }
        state.series.append(fresh)
        state.ids[fresh.labels] = id
        state.index.insert(id, fresh.labels)
        state.rank.removeAll()
        return nil
    }

    /// The series that match, sorted by labels, with their samples in the span (inclusive milliseconds).
    public func select(_ matchers: [LabelMatcher], from: Int64, through: Int64) -> [Series] {
        spans(matchers, from: from, through: through).map(\.series)
    }

    /// The series that match, sorted by labels; their columns are the store's own.
    public func spans(_ matchers: [LabelMatcher], from: Int64, through: Int64) -> [SeriesSpan] {
        state.withLock { state in
            var ids = state.index.select(matchers) { state.series[Int($0)].labels }
            if ids.count > 1 {
                SeriesStore.refreshRank(&state)
                ids.sort { state.rank[Int($0)] < state.rank[Int($1)] }
            }
            return ids.compactMap { state.series[Int($0)].span(from: from, through: through) }
        }
    }

    private static func refreshRank(_ state: inout State) {
        if state.rank.count == state.series.count { return }
        let labels = state.series.map(\.labels)
        let order = LabelOrder.places(of: labels) ?? Array(labels.indices)
        state.rank = [Int32](repeating: 0, count: labels.count)
        for (place, id) in order.enumerated() { state.rank[id] = Int32(clamping: place) }
    }

    /// Memory of all samples, in units of a float sample (16 bytes); what ``SeriesStoreLimits/maxSamples`` bounds.
    public var sampleUnits: Int { state.withLock { $0.sampleUnits } }

    /// Drops samples older than a time, and series that have none left.
    public func trim(before timestampMillis: Int64) {
        state.withLock { state in
            var emptied = false
            for id in state.series.indices {
                let before = state.series[id].sampleUnits
                state.sampleCount -= state.series[id].trim(before: timestampMillis)
                state.sampleUnits -= before - state.series[id].sampleUnits
                if state.series[id].count == 0 { emptied = true }
            }
            if emptied { SeriesStore.rebuild(&state) }
        }
    }

    private static func rebuild(_ state: inout State) {
        let kept = state.series.filter { $0.count > 0 }
        var next = State()
        next.sampleCount = state.sampleCount
        next.sampleUnits = state.sampleUnits
        next.ids.reserveCapacity(kept.count)
        for (place, one) in kept.enumerated() {
            let id = Int32(clamping: place)
            next.ids[one.labels] = id
            next.index.insert(id, one.labels)
        }
        next.series = kept
        state = next
    }

    /// The values a label takes over all series, sorted.
    public func labelValues(of name: String) -> [String] { state.withLock { $0.index.values(of: name) } }

    /// The first and the last sample's time over all series; nil for an empty store.
    public var timeSpan: ClosedRange<Int64>? {
        state.withLock { state in
            var span: ClosedRange<Int64>?
            for one in state.series where one.count > 0 {
                let own = one.timestamps[one.first]...(one.last ?? one.timestamps[one.first])
                span = span.map { min($0.lowerBound, own.lowerBound)...max($0.upperBound, own.upperBound) } ?? own
            }
            return span
        }
    }

    /// Checks what must always hold and returns the broken rules; for tests.
    package var brokenInvariants: [String] {
        state.withLock { state in
            var broken: [String] = []
            if state.series.reduce(0, { $0 + $1.count }) != state.sampleCount { broken.append("sample count") }
            if state.series.reduce(0, { $0 + $1.sampleUnits }) != state.sampleUnits { broken.append("sample units") }
            if state.ids.count != state.series.count { broken.append("one id a series") }
            for (id, one) in state.series.enumerated() {
                if state.ids[one.labels] != Int32(clamping: id) { broken.append("id of \(one.labels)") }
                if one.timestamps.count != one.values.count { broken.append("columns of \(one.labels)") }
                if zip(one.timestamps, one.timestamps.dropFirst()).contains(where: { $0 >= $1 }) {
                    broken.append("order of \(one.labels)")
                }
            }
            return broken
        }
    }
}
