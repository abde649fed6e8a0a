/// The native histograms of a series, beside its column of numbers: which samples are histograms, and the histograms.
public struct HistogramColumn: Sendable, Equatable {
    /// Places in the series' columns, ascending.
    public private(set) var places: [Int] = []
    /// One histogram a place.
    public private(set) var samples: [SharedHistogram] = []
    /// Memory that the histograms take, in units of a float sample (16 bytes).
    public private(set) var sampleUnits = 0

    /// No histograms.
    public init() {}

    /// Whether there are none.
    public var isEmpty: Bool { places.isEmpty }

    /// Appends a histogram behind all others.
    public mutating func append(_ sample: SharedHistogram, at place: Int) {
        places.append(place)
        samples.append(sample)
        sampleUnits += sample.value.sampleUnits
    }

    /// The histogram of a place, if there is one.
    public subscript(place: Int) -> SharedHistogram? {
        let found = lowerBound(place)
        return found < places.count && places[found] == place ? samples[found] : nil
    }

    /// Where the first place at or after the given one stands in ``places``.
    public func lowerBound(_ place: Int) -> Int {
        var low = 0
        var high = places.count
        while low < high {
            let middle = low + (high - low) / 2
            if places[middle] < place { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The histograms of a range of places, as places of a column that begins there.
    public func slice(_ range: Range<Int>) -> HistogramColumn {
        let found = lowerBound(range.lowerBound)..<lowerBound(range.upperBound)
        var out = HistogramColumn()
        out.places = places[found].map { $0 - range.lowerBound }
        out.samples = Array(samples[found])
        out.sampleUnits = out.samples.reduce(0) { $0 + $1.value.sampleUnits }
        return out
    }

    /// Changes histograms without moving them.
    public mutating func mapSamples(_ transform: (Int, SharedHistogram) -> SharedHistogram) {
        for found in samples.indices { samples[found] = transform(found, samples[found]) }
    }
}

/// The number that stands in a column where the sample is a native histogram: a NaN with the bits
/// `0x7ff8000000000053`.
///
/// Stores turn a number with these bits that comes from outside into another NaN.
public let histogramMarker = Double(bitPattern: 0x7ff8_0000_0000_0053)

extension Double {
    /// Whether the sample is a native histogram.
    @inlinable public var isHistogramMarker: Bool { bitPattern == 0x7ff8_0000_0000_0053 }
}
