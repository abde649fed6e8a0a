import Exposition

/// Gathers samples that come in any order and hands them to a store series by series, in order of time.
struct SeriesCollector {
    private struct Column {
        var labels: Labels
        var samples: [(time: Int64, value: Double)] = []
        /// In the order in which they came; a sample's number says which is its own.
        var histograms: [FloatHistogram] = []
    }

    private var columns: [Column] = []
    private var places: [Labels: Int] = [:]
    private var last: (labels: [(name: String, value: String)], name: String, place: Int)?
    private var sampleUnits = 0
    private let extra: [(String, String)]
    private let maxSamples: Int

    /// - Parameter extra: labels added to every series, unless it has them.
    init(extra: [(String, String)] = [], maxSamples: Int) {
        self.extra = extra
        self.maxSamples = maxSamples
    }

    /// Where a sample's series stands; text files repeat the same series many times in a row.
    mutating func place(of sample: ExpositionFile.Sample) -> Int {
        if let last, last.name.hasSameBytes(as: sample.name), last.labels.hasSameBytes(as: sample.labels) {
            return last.place
        }
        var pairs = extra + sample.labels.map { ($0.name, $0.value) }
        pairs.append((Label.metricName, sample.name))
        let place = place(of: Labels(pairs))
        last = (sample.labels, sample.name, place)
        return place
    }

    mutating func place(of labels: Labels) -> Int {
        if let known = places[labels] { return known }
        places[labels] = columns.count
        columns.append(Column(labels: labels))
        return columns.count - 1
    }

    mutating func add(
        _ place: Int, _ time: Int64, _ value: ExpositionFile.Sample.Value
    ) throws(SeriesStoreError) {
        if sampleUnits >= maxSamples { throw .tooManySamples(limit: maxSamples) }
        sampleUnits += 1
        switch value {
        case .number(let number):
            let isTaken = SeriesCollector.histogramPlace(number) != nil
            columns[place].samples.append((time, isTaken ? .nan : number))
        case .histogram(let histogram):
            sampleUnits += histogram.sampleUnits
            let number = UInt64(columns[place].histograms.count)
            columns[place].samples.append((time, Double(bitPattern: SeriesCollector.histogramBits | number)))
            columns[place].histograms.append(histogram)
        }
    }

    /// NaNs that no number from outside keeps, with a histogram's place in the lower half.
    private static let histogramBits: UInt64 = 0x7ffc_53a5_0000_0000

    private static func histogramPlace(_ value: Double) -> Int? {
        let bits = value.bitPattern
        return bits & ~0xffff_ffff == histogramBits ? Int(bits & 0xffff_ffff) : nil
    }

    /// Appends everything; of two samples of one time the later read stays.
    consuming func move(into store: SeriesStore) throws(SeriesStoreError) {
        for column in columns {
            var samples = column.samples
            if zip(samples, samples.dropFirst()).contains(where: { $0.time >= $1.time }) {
                // Swift's sort is stable, so the later of equal times stays behind.
                samples.sort { $0.time < $1.time }
            }
            for (place, sample) in samples.enumerated() {
                if place + 1 < samples.count, samples[place + 1].time == sample.time { continue }
                if let histogram = SeriesCollector.histogramPlace(sample.value) {
                    try store.append(column.labels, at: sample.time, column.histograms[histogram])
                } else {
                    try store.append(column.labels, at: sample.time, sample.value)
                }
            }
        }
    }
}
