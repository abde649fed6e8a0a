import TimeSeries

/// The largest sample of windows that slide, without rescanning them.
///
/// The window is cut in two: for every place of the front part the largest value from there to the cut is known, and
/// the largest of the back part grows with each sample. When the front is used up, the back becomes the front. So
/// every sample is looked at twice, and no branch depends on the values.
struct SlidingMaximum {
    private var front: [Double] = []
    private var frontLow = 0
    private var cut = 0
    private var scanned = 0
    private var back = -Double.infinity

    /// - Returns: the largest number, NaN left out; -Inf also when there is none.
    @inline(__always)
    mutating func value(_ samples: SampleColumns, _ window: Window, sign: Double) -> Double {
        if window.low >= cut { refill(samples, window, sign) }
        while scanned < window.high {
            let value = samples.values[scanned] * sign
            back = value > back ? value : back
            scanned += 1
        }
        let known = front[window.low - frontLow]
        return known > back ? known : back
    }

    /// Makes the whole window the front.
    private mutating func refill(_ samples: SampleColumns, _ window: Window, _ sign: Double) {
        frontLow = window.low
        cut = window.high
        scanned = window.high
        back = -.infinity
        if front.count < window.count { front = [Double](repeating: 0, count: window.count) }
        front.withUnsafeMutableBufferPointer { front in
            var best = -Double.infinity
            var place = window.count
            while place > 0 {
                place -= 1
                let value = samples.values[window.low + place] * sign
                best = value > best ? value : best
                front[place] = best
            }
        }
    }
}

/// `max_over_time`; NaN counts only where a window has nothing else.
struct MaximumKernel: WindowKernel {
    private var sliding = SlidingMaximum()

    @inline(__always)
    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        let largest = sliding.value(samples, window, sign: 1)
        return largest == -.infinity ? samples.orNaN(largest, window) : largest
    }
}

/// `min_over_time`; NaN counts only where a window has nothing else.
struct MinimumKernel: WindowKernel {
    private var sliding = SlidingMaximum()

    @inline(__always)
    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        let smallest = -sliding.value(samples, window, sign: -1)
        return smallest == .infinity ? samples.orNaN(smallest, window) : smallest
    }
}

extension SampleColumns {
    /// An extreme that stands for "nothing found" too: NaN where the window has nothing else.
    fileprivate func orNaN(_ extreme: Double, _ window: Window) -> Double {
        values[window.low..<window.high].allSatisfy(\.isNaN) ? .nan : extreme
    }
}

/// `ts_of_min_over_time` and `ts_of_max_over_time` by a queue of candidates: each sample enters and leaves once.
struct ExtremeTimeKernel: WindowKernel {
    let isMaximum: Bool
    private var scanned = 0
    private var candidates: [Int] = []
    private var head = 0

    init(isMaximum: Bool) { self.isMaximum = isMaximum }

    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        scanned = max(scanned, window.low)
        while scanned < window.high {
            let value = samples.values[scanned]
            if !value.isNaN {
                while candidates.count > head, let last = candidates.last, yields(samples.values[last], to: value) {
                    candidates.removeLast()
                }
                candidates.append(scanned)
            }
            scanned += 1
        }
        while head < candidates.count, candidates[head] < window.low { head += 1 }
        if head > 1024, head * 2 > candidates.count {
            candidates.removeFirst(head)
            head = 0
        }
        let place = head == candidates.count ? window.high - 1 : candidates[head]
        return Double(samples.timestamps[place]) / 1000
    }

    /// The newer of equal values stays.
    private func yields(_ old: Double, to new: Double) -> Bool { isMaximum ? old <= new : old >= new }
}
