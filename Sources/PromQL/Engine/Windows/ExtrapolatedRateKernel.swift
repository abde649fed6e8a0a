import TimeSeries

/// `rate`, `increase` and `delta`: the difference of the border samples, corrected for counter resets and
/// extrapolated to the window's borders (Prometheus's `extrapolatedRate`).
///
/// Resets are found once per sample; a step adds up only the resets inside its window, in time order, so the
/// result equals that of a rescan to the last bit. What the difference is multiplied by is computed anew only where
/// the samples lie otherwise in the window than at the step before; benchmark: Benchmarks/PromQLBench.
struct ExtrapolatedRateKernel: WindowKernel {
    let isCounter: Bool
    let isRate: Bool
    let rangeMillis: Int64
    /// Prometheus 2 limits the extrapolation to zero before it compares with the threshold.
    let limitsToZeroFirst: Bool
    private var scanned = 0
    private var resets: [Int] = []
    private var firstReset = 0
    private var extent = SampledExtent()

    init(isCounter: Bool, isRate: Bool, rangeMillis: Int64, limitsToZeroFirst: Bool) {
        self.isCounter = isCounter
        self.isRate = isRate
        self.rangeMillis = rangeMillis
        self.limitsToZeroFirst = limitsToZeroFirst
    }

    @inline(__always)
    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        if isCounter { scanResets(samples, window) }
        if window.count < 2 { return Column.absent }
        let first = samples.values[window.low]
        var difference = samples.values[window.high - 1] - first
        if isCounter, firstReset < resets.count { addResets(samples, &difference) }
        let toFirst = samples.timestamps[window.low] - window.start
        let fromLast = window.end - samples.timestamps[window.high - 1]
        if !extent.holds(toFirst, fromLast, window) {
            extent = SampledExtent(toFirst, fromLast, window, perMillis: isRate ? rangeMillis : nil)
        }
        if isCounter, difference > 0, first >= 0, !(extent.isShort && first >= difference) {
            return difference * limitedFactor(first, difference)
        }
        return difference * extent.factor
    }

    @inline(__always)
    private mutating func scanResets(_ samples: SampleColumns, _ window: Window) {
        scanned = max(scanned, window.low + 1)
        while scanned < window.high {
            if samples.values[scanned] < samples.values[scanned - 1] { resets.append(scanned) }
            scanned += 1
        }
        while firstReset < resets.count, resets[firstReset] <= window.low { firstReset += 1 }
    }

    private func addResets(_ samples: SampleColumns, _ difference: inout Double) {
        for place in firstReset..<resets.count { difference += samples.values[resets[place] - 1] }
    }

    /// The factor for a counter: it can't have been below zero before its first sample.
    private func limitedFactor(_ first: Double, _ difference: Double) -> Double {
        let toZero = extent.sampled * (first / difference)
        if toZero >= (limitsToZeroFirst ? extent.toStart : extent.cappedToStart) { return extent.factor }
        var toStart = toZero
        if limitsToZeroFirst, toStart >= extent.threshold { toStart = extent.average / 2 }
        return extent.factor(toStart: toStart)
    }
}

/// How the samples lie in a window, in seconds, and what their difference is multiplied by.
private struct SampledExtent {
    private var toFirstMillis = Int64.min
    private var fromLastMillis = Int64.min
    private var spanMillis = Int64.min
    private var count = 0
    private var seconds = 1.0
    private(set) var sampled = 0.0
    private(set) var average = 0.0
    private(set) var threshold = 0.0
    /// From the window's start to the first sample, and how far it is extrapolated there.
    private(set) var toStart = 0.0
    private(set) var cappedToStart = 0.0
    private var cappedToEnd = 0.0
    private(set) var factor = 0.0
    /// Whether the extrapolation to the start is no longer than the samples' span.
    private(set) var isShort = false

    init() {}

    init(_ toFirstMillis: Int64, _ fromLastMillis: Int64, _ window: Window, perMillis: Int64?) {
        self.toFirstMillis = toFirstMillis
        self.fromLastMillis = fromLastMillis
        spanMillis = window.end - window.start
        count = window.count
        sampled = Double(spanMillis - toFirstMillis - fromLastMillis) / 1000
        average = sampled / Double(count - 1)
        threshold = average * 1.1
        toStart = Double(toFirstMillis) / 1000
        cappedToStart = toStart >= threshold ? average / 2 : toStart
        let toEnd = Double(fromLastMillis) / 1000
        cappedToEnd = toEnd >= threshold ? average / 2 : toEnd
        if let perMillis { seconds = Double(perMillis) / 1000 }
        factor = factor(toStart: cappedToStart)
        isShort = max(toStart, cappedToStart) <= sampled
    }

    @inline(__always)
    func holds(_ toFirstMillis: Int64, _ fromLastMillis: Int64, _ window: Window) -> Bool {
        self.toFirstMillis == toFirstMillis && self.fromLastMillis == fromLastMillis && count == window.count
    }

    func factor(toStart: Double) -> Double {
        let factor = (sampled + toStart + cappedToEnd) / sampled
        return seconds == 1 ? factor : factor / seconds
    }
}
