import TimeSeries

/// A series' columns without bounds checks; kernels index only inside the window they are given.
struct SampleColumns {
    let timestamps: UnsafeBufferPointer<Int64>
    let values: UnsafeBufferPointer<Double>

    /// The first place after a time.
    func upperBound(_ time: Int64) -> Int {
        var low = 0
        var high = timestamps.count
        while low < high {
            let middle = low + (high - low) / 2
            if timestamps[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// One step's window: the samples `low..<high`, never empty, and the times it spans.
struct Window {
    var low = 0
    var high = 0
    /// Milliseconds; samples lie after `start` (or at it, when closed) and at most at `end`.
    var start: Int64 = 0
    var end: Int64 = 0
    /// The evaluation time, which `offset` and `@` don't move.
    var evaluationTime: Int64 = 0
    var step = 0

    var count: Int { high &- low }

    /// Shorter windows are computed in Prometheus's order and way, to equal its last bit.
    var isLong: Bool { count >= 128 }
}

/// A function of a window. Over one series' steps neither border moves back, so a kernel may keep what it knows
/// about the window and update it.
protocol WindowKernel {
    /// The value, or the staleness marker for none.
    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double
}

extension WindowKernel {
    /// Computes all steps of one series; every series starts from a fresh copy of the kernel.
    ///
    /// - Parameter out: a place for every step; those without a result get the staleness marker.
    /// - Parameter evaluation: asked now and then whether to go on.
    /// - Returns: the number of steps with a result.
    func slide(
        _ series: RangeSeries, _ argument: RangeArgument, _ grid: StepGrid, _ evaluation: Evaluation,
        into out: inout [Double]
    ) throws -> Int {
        var kernel = self
        return try series.timestamps.withUnsafeBufferPointer { timestamps in
            try series.values.withUnsafeBufferPointer { values in
                try out.withUnsafeMutableBufferPointer { out in
                    let samples = SampleColumns(
                        timestamps: UnsafeBufferPointer(rebasing: timestamps[series.places]),
                        values: UnsafeBufferPointer(rebasing: values[series.places]))
                    return try kernel.fill(out, samples, argument, grid, evaluation)
                }
            }
        }
    }

    private mutating func fill(
        _ out: UnsafeMutableBufferPointer<Double>, _ samples: SampleColumns, _ argument: RangeArgument,
        _ grid: StepGrid, _ evaluation: Evaluation
    ) throws -> Int {
        let count = samples.timestamps.count
        let moveMillis = argument.fixedMillis == nil ? grid.step : 0
        let borderShift = argument.rangeMillis + (argument.isLeftOpen ? 0 : 1)
        var present = 0
        var work = 0
        var window = Window()
        window.end = argument.end(grid.start)
        window.evaluationTime = grid.start
        window.high = samples.upperBound(window.end)
        window.low = samples.upperBound(window.end - borderShift)
        for step in 0..<grid.count {
            window.step = step
            window.start = window.end - argument.rangeMillis
            while window.high < count, samples.timestamps[window.high] <= window.end { window.high += 1 }
            let border = window.end - borderShift
            while window.low < window.high, samples.timestamps[window.low] <= border { window.low += 1 }
            let result = window.low < window.high ? value(samples, window) : Column.absent
            out[step] = result
            if !result.isStaleMarker { present += 1 }
            work &+= window.count
            if work >= 1 << 20 {
                try evaluation.spend(work)
                work = 0
            }
            window.end &+= moveMillis
            window.evaluationTime &+= grid.step
        }
        return present
    }
}
