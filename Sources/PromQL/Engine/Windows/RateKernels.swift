import TimeSeries

/// `irate` and `idelta`: the last two samples.
struct InstantRateKernel: WindowKernel {
    let isRate: Bool

    func value(_ samples: SampleColumns, _ window: Window) -> Double {
        if window.count < 2 { return Column.absent }
        let last = samples.values[window.high - 1]
        let previous = samples.values[window.high - 2]
        let interval = samples.timestamps[window.high - 1] - samples.timestamps[window.high - 2]
        if interval == 0 { return Column.absent }
        if !isRate { return last - previous }
        return (last < previous ? last : last - previous) / (Double(interval) / 1000)
    }
}

/// `changes` and `resets`: neighbours inside the window that differ, or fall.
struct NeighbourKernel: WindowKernel {
    let countsChanges: Bool
    private var low = 0
    private var high = 1
    private var count = 0

    init(countsChanges: Bool) { self.countsChanges = countsChanges }

    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        while high < window.high {
            if isEvent(samples, high) { count += 1 }
            high += 1
        }
        while low < window.low {
            low += 1
            if low < high, isEvent(samples, low) { count -= 1 }
        }
        return Double(count)
    }

    private func isEvent(_ samples: SampleColumns, _ place: Int) -> Bool {
        let previous = samples.values[place - 1]
        let current = samples.values[place]
        if !countsChanges { return current < previous }
        return current != previous && !(current.isNaN && previous.isNaN)
    }
}
