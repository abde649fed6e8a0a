import Exposition

extension FloatHistogram {
    /// A native histogram as it was exposed.
    ///
    /// - Returns: nil where it contradicts itself: an unknown schema, counts that don't fit the spans, spans that go
    ///   back or lie outside the schema, bounds that don't ascend, a threshold that is negative or no number.
    public init?(_ exposed: ExpositionHistogram) {
        let isCustom = exposed.schema == FloatHistogram.customSchema
        guard isCustom || FloatHistogram.standardSchemas.contains(exposed.schema), exposed.zeroThreshold >= 0,
            exposed.zeroThreshold.isFinite
        else { return nil }
        let bounds = exposed.customBounds
        if !isCustom, !bounds.isEmpty { return nil }
        if bounds.contains(where: { !$0.isFinite }) || zip(bounds, bounds.dropFirst()).contains(where: >=) {
            return nil
        }
        let half = FloatHistogram.mostBuckets / 2
        let range = isCustom ? 0...bounds.count : -half...half
        guard let positive = FloatHistogram.buckets(exposed.positiveSpans, exposed.positiveCounts, within: range),
            let negative = FloatHistogram.buckets(exposed.negativeSpans, exposed.negativeCounts, within: range)
        else { return nil }
        if isCustom, !negative.isEmpty || exposed.zeroCount != 0 { return nil }
        self.init(
            schema: exposed.schema, zeroThreshold: exposed.zeroThreshold, zeroCount: exposed.zeroCount,
            count: exposed.count, sum: exposed.sum, positive: positive, negative: negative, customBounds: bounds,
            hint: exposed.isGauge ? .gauge : .unknown)
    }

    private static func buckets(
        _ spans: [BucketSpan], _ counts: [Double], within range: ClosedRange<Int>
    ) -> [IndexedCount]? {
        var out: [IndexedCount] = []
        out.reserveCapacity(counts.count)
        var index = 0
        for (place, span) in spans.enumerated() {
            if place > 0, span.offset < 0 { return nil }
            index += Int(span.offset)
            let length = Int(span.length)
            if length == 0 { continue }
            guard length <= counts.count - out.count, range.contains(index), range.contains(index + length - 1) else {
                return nil
            }
            for _ in 0..<length {
                out.append(IndexedCount(index: Int32(index), count: counts[out.count]))
                index += 1
            }
        }
        return out.count == counts.count ? out : nil
    }
}
