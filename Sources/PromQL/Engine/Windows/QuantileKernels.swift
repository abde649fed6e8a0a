import TimeSeries

/// A window's numbers in ascending order, kept up to date while the window slides; NaN are only counted.
///
/// A sample that leaves and one that comes move what lies between their places by one, so a step costs two binary
/// searches and one short move of memory.
struct SortedWindow {
    private(set) var numbers: [Double] = []
    private(set) var nanCount = 0
    private var low = 0
    private var high = 0

    var count: Int { nanCount + numbers.count }

    /// The value of a place in the order in which NaN comes first.
    subscript(place: Int) -> Double { place < nanCount ? .nan : numbers[place - nanCount] }

    mutating func move(_ samples: SampleColumns, _ window: Window) {
        let changes = (window.low - low) + (window.high - high)
        if window.low >= high || changes * 8 > window.count + 64 {
            fill(samples, window)
            return
        }
        while low < window.low, high < window.high {
            exchange(samples.values[low], samples.values[high])
            low += 1
            high += 1
        }
        while low < window.low {
            remove(samples.values[low])
            low += 1
        }
        while high < window.high {
            insert(samples.values[high])
            high += 1
        }
    }

    private mutating func fill(_ samples: SampleColumns, _ window: Window) {
        (low, high) = (window.low, window.high)
        numbers.removeAll(keepingCapacity: true)
        for value in samples.values[low..<high] where !value.isNaN { numbers.append(value) }
        nanCount = window.count - numbers.count
        numbers.sort()
    }

    private mutating func exchange(_ old: Double, _ new: Double) {
        if old.isNaN || new.isNaN {
            remove(old)
            insert(new)
            return
        }
        let (from, bound) = lowerBounds(old, new)
        numbers.withUnsafeMutableBufferPointer { numbers in
            guard let base = numbers.baseAddress else { return }
            if bound > from {
                (base + from).update(from: base + from + 1, count: bound - from - 1)
                numbers[bound - 1] = new
            } else {
                (base + bound + 1).update(from: base + bound, count: from - bound)
                numbers[bound] = new
            }
        }
    }

    private mutating func insert(_ value: Double) {
        if value.isNaN { nanCount += 1 } else { numbers.insert(value, at: lowerBound(value)) }
    }

    private mutating func remove(_ value: Double) {
        if value.isNaN { nanCount -= 1 } else { numbers.remove(at: lowerBound(value)) }
    }

    private func lowerBound(_ value: Double) -> Int { lowerBounds(value, value).0 }

    /// The first places whose numbers aren't less: both searched for at once, and by masks instead of branches, which
    /// the processor could only guess.
    private func lowerBounds(_ first: Double, _ second: Double) -> (Int, Int) {
        numbers.withUnsafeBufferPointer { numbers in
            if numbers.isEmpty { return (0, 0) }
            let wanted = SIMD2(first, second)
            var bases = SIMD2<Int64>.zero
            var rest = numbers.count
            while rest > 1 {
                let half = rest >> 1
                let found = SIMD2(numbers[Int(bases.x) &+ half &- 1], numbers[Int(bases.y) &+ half &- 1])
                bases = bases &+ SIMD2(repeating: Int64(half)).replacing(with: 0, where: found .>= wanted)
                rest &-= half
            }
            let found = SIMD2(numbers[Int(bases.x)], numbers[Int(bases.y)])
            bases = bases &+ SIMD2<Int64>.one.replacing(with: 0, where: found .>= wanted)
            return (Int(bases.x), Int(bases.y))
        }
    }
}

/// `quantile_over_time`.
struct QuantileKernel: WindowKernel {
    /// φ at each step.
    let quantiles: [Double]
    private var window = SortedWindow()

    init(quantiles: [Double]) { self.quantiles = quantiles }

    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        self.window.move(samples, window)
        return Quantile.of(count: window.count, quantiles[window.step]) { self.window[$0] }
    }
}

/// `mad_over_time`: the median of the distances from the median.
struct MedianDeviationKernel: WindowKernel {
    private var window = SortedWindow()

    init() {}

    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        self.window.move(samples, window)
        if self.window.nanCount > 0 { return .nan }
        let median = Quantile.of(count: window.count, 0.5) { self.window[$0] }
        return Quantile.of(self.window.numbers.map { abs($0 - median) }, 0.5)
    }
}

/// Quantiles by linear interpolation between the closest ranks.
enum Quantile {
    static func of(_ values: [Double], _ quantile: Double) -> Double {
        let sorted = values.sorted { $0.isNaN ? !$1.isNaN : $0 < $1 }
        return of(count: sorted.count, quantile) { sorted[$0] }
    }

    /// The quantile of values that are in order, NaN first.
    @inline(__always)
    static func of(count: Int, _ quantile: Double, _ value: (Int) -> Double) -> Double {
        if count == 0 || quantile.isNaN { return .nan }
        if quantile < 0 { return -.infinity }
        if quantile > 1 { return .infinity }
        let rank = quantile * Double(count - 1)
        let below = max(0, min(Int(rank), count - 1))
        let above = min(below + 1, count - 1)
        let weight = rank - rank.rounded(.down)
        return value(below) * (1 - weight) + value(above) * weight
    }
}
