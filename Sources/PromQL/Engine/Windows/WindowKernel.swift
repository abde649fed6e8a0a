import TimeSeries

/// A series' columns without bounds checks; kernels index only inside the window they are given.
struct SampleColumns {
    let timestamps: UnsafeBufferPointer<Int64>
    let values: UnsafeBufferPointer<Double>
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

    var count: Int { high - low }
}

/// A function of a window. Over one series' steps neither border moves back, so a kernel may keep what it knows
/// about the window and update it.
protocol WindowKernel {
    /// The value, or the staleness marker for none.
    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double
}

extension WindowKernel {
    /// Computes all steps of one series; every series starts from a fresh copy of the kernel.
    func slide(_ series: RangeSeries, _ argument: RangeArgument, _ grid: StepGrid, into out: inout [Double]) {
        var kernel = self
        series.timestamps.withUnsafeBufferPointer { timestamps in
            series.values.withUnsafeBufferPointer { values in
                out.withUnsafeMutableBufferPointer { out in
                    let samples = SampleColumns(timestamps: timestamps, values: values)
                    kernel.fill(out, samples, argument, grid)
                }
            }
        }
    }

    private mutating func fill(
        _ out: UnsafeMutableBufferPointer<Double>, _ samples: SampleColumns, _ argument: RangeArgument, _ grid: StepGrid
    ) {
        let count = samples.timestamps.count
        let closedShift: Int64 = argument.isLeftOpen ? 0 : 1
        var window = Window()
        for step in 0..<grid.count {
            let time = grid.time(step)
            window.step = step
            window.evaluationTime = time
            window.end = argument.end(time)
            window.start = window.end - argument.rangeMillis
            while window.high < count, samples.timestamps[window.high] <= window.end { window.high += 1 }
            let border = window.start - closedShift
            while window.low < window.high, samples.timestamps[window.low] <= border { window.low += 1 }
            if window.low < window.high { out[step] = value(samples, window) }
        }
    }
}
