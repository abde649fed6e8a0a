import Locking

extension SeriesStore {
    /// Adds a whole series, whose columns are shared and not copied where the store has none of its samples.
    ///
    /// Samples of a series that is there already may lie anywhere in time; of two of one time the added one stays.
    ///
    /// - Throws: ``SeriesStoreError`` when it exceeds a limit, or when its own times don't ascend.
    public func merge(_ series: Series) throws(SeriesStoreError) {
        if series.timestamps.isEmpty { return }
        if let place = series.firstDisorder {
            throw .outOfOrder(
                labels: series.labels, timestampMillis: series.timestamps[place],
                lastMillis: series.timestamps[place - 1])
        }
        let failure: SeriesStoreError? = state.withLock { state in
            if series.sampleUnits > limits.maxSamples - state.sampleUnits {
                return .tooManySamples(limit: limits.maxSamples)
            }
            guard let id = state.ids[series.labels] else {
                let fresh = StoredSeries(series)
                if let failure = insert(fresh, into: &state) { return failure }
                state.sampleCount += fresh.count
                state.sampleUnits += fresh.sampleUnits
                return nil
            }
            let before = (count: state.series[Int(id)].count, units: state.series[Int(id)].sampleUnits)
            state.series[Int(id)].merge(series)
            state.sampleCount += state.series[Int(id)].count - before.count
            state.sampleUnits += state.series[Int(id)].sampleUnits - before.units
            return nil
        }
        if let failure { throw failure }
    }
}

extension Series {
    /// The first place whose time doesn't come after the one before.
    fileprivate var firstDisorder: Int? {
        timestamps.withUnsafeBufferPointer { times in
            for place in 1..<max(1, times.count) where times[place] <= times[place - 1] { return place }
            return nil
        }
    }
}
