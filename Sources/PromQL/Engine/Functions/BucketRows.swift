import TimeSeries

/// The buckets of one classic histogram, sorted by bound once, and turned from columns into one row a step.
///
/// Rows are made for a few hundred steps at a time, so that they stay in the nearest cache.
struct BucketRows {
    private let columns: [Column]
    private let bounds: [Double]
    private let steps: Int
    private var block: [Double] = []
    private var first = 0
    private var last = 0
    private static let blockSteps = 256

    init(_ group: HistogramInputs.BucketGroup, steps: Int) {
        // Of equal bounds the earlier column comes first, so that their counts are added in this order.
        let order = group.bounds.indices.sorted {
            (group.bounds[$0], $0) < (group.bounds[$1], $1)
        }
        columns = order.map { group.columns[$0] }
        bounds = order.map { group.bounds[$0] }
        self.steps = steps
    }

    /// Fills a histogram with the buckets that have a count at the step; steps come ascending.
    mutating func read(_ step: Int, into histogram: inout ClassicHistogram) {
        if step >= last { turn(from: step) }
        histogram.removeAll()
        let width = bounds.count
        let start = (step - first) * width
        for place in 0..<width {
            let count = block[start + place]
            if !count.isStaleMarker { histogram.append(bounds[place], count) }
        }
    }

    private mutating func turn(from step: Int) {
        first = step
        last = min(steps, step + BucketRows.blockSteps)
        let width = bounds.count
        if block.isEmpty { block = [Double](repeating: 0, count: width * min(steps, BucketRows.blockSteps)) }
        block.withUnsafeMutableBufferPointer { block in
            for (place, column) in columns.enumerated() {
                column.values.withUnsafeBufferPointer { values in
                    for step in first..<last { block[(step - first) * width + place] = values[step] }
                }
            }
        }
    }
}
