import TimeSeries

/// What is known about some neighbouring samples, and can be put together with the same about those that follow.
protocol WindowPart {
    /// Of no samples.
    init()
    mutating func add(_ samples: SampleColumns, _ place: Int)
    /// Of these samples and of those of a later part.
    func joined(_ later: Self) -> Self
}

/// A window that slides, cut in two: what is known about its part after the cut grows with each sample, and what is
/// known about the part before it is kept for each place from which it can begin. So nothing is ever subtracted.
///
/// Cuts lie at multiples of the window's length on the clock, of which each window has one. So a result depends on the
/// window's samples only, and is the same at whatever steps it is asked for.
struct SplitWindow<Part: WindowPart> {
    /// From each place on up to the cut.
    private var front: [Part] = []
    private var frontLow = 0
    /// The first place after the cut.
    private var cut = 0
    private var back = Part()
    private var scanned = 0
    /// From this time on, milliseconds, windows have another cut.
    private var nextCut = Int64.min

    @inline(__always)
    mutating func whole(_ samples: SampleColumns, _ window: Window) -> Part {
        if window.end >= nextCut { refill(samples, window) }
        while scanned < window.high {
            back.add(samples, scanned)
            scanned &+= 1
        }
        return window.low < cut ? front[window.low - frontLow].joined(back) : back
    }

    private mutating func refill(_ samples: SampleColumns, _ window: Window) {
        let length = max(1, window.end - window.start)
        let rest = window.end % length
        let cutTime = window.end - (rest < 0 ? rest + length : rest)
        nextCut = cutTime + length
        frontLow = window.low
        cut = min(max(window.low, samples.upperBound(cutTime)), window.high)
        scanned = cut
        back = Part()
        if front.count < cut - frontLow { front = [Part](repeating: Part(), count: cut - frontLow) }
        front.withUnsafeMutableBufferPointer { front in
            var part = Part()
            var place = cut
            while place > frontLow {
                place &-= 1
                part.add(samples, place)
                front[place &- frontLow] = part
            }
        }
    }
}
