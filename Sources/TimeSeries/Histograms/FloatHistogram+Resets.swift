extension FloatHistogram {
    /// Whether a counter was reset between an earlier sample and this one.
    ///
    /// The hint decides where it knows; else any count that fell, a populated bucket that is gone, a finer schema or a
    /// smaller zero bucket mean a reset (Prometheus's `DetectReset`). The sum may fall without one.
    public func wasReset(since previous: FloatHistogram) -> Bool {
        switch hint {
        case .reset: return true
        case .notReset: return false
        case .unknown, .gauge: break
        }
        if count < previous.count { return true }
        if usesCustomBounds != previous.usesCustomBounds { return true }
        if usesCustomBounds { return customBucketsFell(since: previous) }
        if schema > previous.schema || zeroThreshold < previous.zeroThreshold { return true }
        var before = previous
        if zeroThreshold > previous.zeroThreshold {
            if previous.threshold(covering: zeroThreshold) != zeroThreshold { return true }
            before.widenZeroBucket(to: zeroThreshold)
        }
        before.reduceResolution(to: schema)
        return zeroCount < before.zeroCount || FloatHistogram.fell(before.positive, positive)
            || FloatHistogram.fell(before.negative, negative)
    }

    private func customBucketsFell(since previous: FloatHistogram) -> Bool {
        if customBounds == previous.customBounds { return FloatHistogram.fell(previous.positive, positive) }
        var (before, now) = (previous, self)
        let bounds = FloatHistogram.commonBounds(customBounds, previous.customBounds)
        before.coarsen(to: bounds)
        now.coarsen(to: bounds)
        return FloatHistogram.fell(before.positive, now.positive)
    }

    private static func fell(_ before: [IndexedCount], _ now: [IndexedCount]) -> Bool {
        var place = 0
        for bucket in before {
            while place < now.count, now[place].index < bucket.index { place += 1 }
            if place < now.count, now[place].index == bucket.index {
                if now[place].count < bucket.count { return true }
            } else if bucket.count != 0 {
                return true
            }
        }
        return false
    }
}
