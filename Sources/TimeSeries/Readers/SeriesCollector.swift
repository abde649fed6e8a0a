import Exposition

/// Gathers samples that come in any order and hands them to a store series by series, in order of time.
struct SeriesCollector {
    private var columns: [(labels: Labels, samples: [(time: Int64, value: Double)])] = []
    private var places: [Labels: Int] = [:]
    private var last: (labels: [(name: String, value: String)], name: String, place: Int)?
    private var sampleCount = 0
    private let extra: [(String, String)]
    private let maxSamples: Int

    /// - Parameter extra: labels added to every series, unless it has them.
    init(extra: [(String, String)] = [], maxSamples: Int) {
        self.extra = extra
        self.maxSamples = maxSamples
    }

    /// Where a sample's series stands; text files repeat the same series many times in a row.
    mutating func place(of sample: ExpositionSample) -> Int {
        if let last, last.name == sample.name, last.labels.elementsEqual(sample.labels, by: ==) { return last.place }
        var pairs = extra + sample.labels.map { ($0.name, $0.value) }
        pairs.append((Label.metricName, sample.name))
        let place = place(of: Labels(pairs))
        last = (sample.labels, sample.name, place)
        return place
    }

    mutating func place(of labels: Labels) -> Int {
        if let known = places[labels] { return known }
        places[labels] = columns.count
        columns.append((labels, []))
        return columns.count - 1
    }

    mutating func add(_ place: Int, _ time: Int64, _ value: Double) throws(SeriesStoreError) {
        if sampleCount >= maxSamples { throw .tooManySamples(limit: maxSamples) }
        sampleCount += 1
        columns[place].samples.append((time, value))
    }

    /// Appends everything; of two samples of one time the later read stays.
    consuming func move(into store: SeriesStore) throws(SeriesStoreError) {
        for (labels, unsorted) in columns {
            var samples = unsorted
            if zip(samples, samples.dropFirst()).contains(where: { $0.time >= $1.time }) {
                // Swift's sort is stable, so the later of equal times stays behind.
                samples.sort { $0.time < $1.time }
            }
            for (place, sample) in samples.enumerated() {
                if place + 1 < samples.count, samples[place + 1].time == sample.time { continue }
                try store.append(labels, at: sample.time, sample.value)
            }
        }
    }
}
