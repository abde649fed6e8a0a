import Exposition

/// Gathers samples that come in any order and hands them to a store series by series, in order of time.
struct SeriesCollector: ~Copyable {
    private struct Column {
        var labels: Labels
        var samples = SampleBuffer()
        /// In the order in which they came; a sample's number says which is its own.
        var histograms: [FloatHistogram] = []
        /// The last scrape that had it.
        var scrape = -1
        /// The metric whose counting began at some time, and the series with that time, as far as they are known.
        var counted: FamilyMetadata.Family?
        var starts: Int?
        /// Whether its samples are such times and no series for queries.
        var isStarts = false
    }

    private var columns: [Column] = []
    private var places: [Labels: Int] = [:]
    private var texts = SeriesTexts()
    private var last: (labels: [(name: String, value: String)], name: String, place: Int)?
    private var sampleUnits = 0
    private let extra: [(String, String)]
    private let limits: SeriesStoreLimits
    private let options: ReaderOptions
    private var metadata = FamilyMetadata()
    /// The number of the scrape that is read, and the series that it and the one before had.
    private var scrape = 0
    private var present: [Int] = []
    private var previous: [Int] = []

    /// - Parameter extra: labels added to every series, unless it has them.
    init(
        extra: [(String, String)] = [], limits: SeriesStoreLimits, options: ReaderOptions = ReaderOptions()
    ) {
        self.extra = extra + options.labels.map { ($0.name, $0.value) }
        self.limits = limits
        self.options = options
    }

    /// Whether it has no sample.
    var isEmpty: Bool { sampleUnits == 0 }

    /// Takes notice of metadata; where they change, what a text stands for must be found anew.
    mutating func learn(_ event: ExpositionEvent) throws(SeriesStoreError) {
        guard options.addsTypeAndUnitLabels || options.readsStartTimestamps, metadata.learn(event) else { return }
        if metadata.count > limits.maxSeries { throw .tooManySeries(limit: limits.maxSeries) }
        texts = SeriesTexts()
        last = nil
    }

    /// Takes a plain line of samples whose series it has seen.
    ///
    /// - Parameters:
    ///   - isOpenMetrics: times are seconds.
    ///   - untimedMillis: the time of samples without one.
    ///   - notesUntimed: notes that the scrape has their series.
    ///   - refusesTimes: leaves lines with a time to the parser.
    /// - Returns: false when the line must be parsed.
    @inline(__always)
    mutating func take(
        _ line: UnsafeBufferPointer<UInt8>, isOpenMetrics: Bool, untimedMillis: Int64?, notesUntimed: Bool,
        refusesTimes: Bool
    ) throws(SeriesStoreError) -> Bool {
        guard let (place, end) = texts.find(line) else { return false }
        guard let tail = SampleTail(UnsafeBufferPointer(rebasing: line[end...]), isOpenMetrics: isOpenMetrics) else {
            return false
        }
        if refusesTimes, tail.timestampMillis != nil { return false }
        texts.note(hasTime: tail.timestampMillis != nil)
        guard let time = tail.timestampMillis ?? untimedMillis else { return false }
        if notesUntimed, tail.timestampMillis == nil { note(place) }
        try add(place, time, tail.value)
        return true
    }

    /// A sample has a label `__name__`, which Prometheus refuses as a second name.
    struct NamedTwice: Error {}

    /// Where the series of a parsed line stands.
    ///
    /// - Throws: ``NamedTwice`` or `SeriesStoreError`.
    mutating func place(of view: borrowing ExpositionSampleView) throws -> Int {
        var pairs = extra
        pairs.reserveCapacity(extra.count + view.labelCount + 1)
        view.forEachLabel { name, value in pairs.append((name.string, value.string)) }
        if pairs.contains(where: { ByteOrder.equal($0.0, Label.metricName) }) { throw NamedTwice() }
        let place = try place(named: view.name.string, &pairs)
        texts.insert(view.seriesText, place: place)
        texts.note(hasTime: view.timestampMillis != nil)
        return place
    }

    /// The series `up`, with the labels that all get.
    mutating func up() throws(SeriesStoreError) -> Int {
        try place(of: Labels(extra + [(Label.metricName, "up")]))
    }

    /// Where a series stands that came with its labels as strings.
    mutating func place(
        named name: String, _ labels: [(name: String, value: String)]
    ) throws(SeriesStoreError) -> Int {
        if let last, last.name.hasSameBytes(as: name), last.labels.hasSameBytes(as: labels) { return last.place }
        var pairs = extra + labels.map { ($0.name, $0.value) }
        let place = try self.place(named: name, &pairs)
        last = (labels, name, place)
        return place
    }

    /// Where a series stands, with what the metadata say of it.
    private mutating func place(
        named name: String, _ pairs: inout [(String, String)]
    ) throws(SeriesStoreError) -> Int {
        let known = metadata.find(name)
        if options.addsTypeAndUnitLabels { known?.family.addLabels(to: &pairs) }
        pairs.append((Label.metricName, name))
        let place = try place(of: Labels(pairs))
        if options.readsStartTimestamps, let known {
            if known.role == .created { columns[place].isStarts = true }
            if known.role == .counted { columns[place].counted = known.family }
        }
        return place
    }

    /// Where the series of a label set stands.
    mutating func place(of labels: Labels) throws(SeriesStoreError) -> Int {
        if let known = places[labels] { return known }
        if columns.count >= limits.maxSeries { throw .tooManySeries(limit: limits.maxSeries) }
        places[labels] = columns.count
        columns.append(Column(labels: labels))
        return columns.count - 1
    }

    /// Adds a number.
    @inline(__always)
    mutating func add(_ place: Int, _ time: Int64, _ value: Double) throws(SeriesStoreError) {
        if sampleUnits >= limits.maxSamples { throw .tooManySamples(limit: limits.maxSamples) }
        sampleUnits &+= 1
        let isTaken = value.isHistogramMarker || SeriesCollector.histogramPlace(value) != nil
        columns[place].samples.append(time, isTaken ? .nan : value)
    }

    /// Adds a native histogram.
    mutating func add(_ place: Int, _ time: Int64, _ histogram: FloatHistogram) throws(SeriesStoreError) {
        if sampleUnits >= limits.maxSamples { throw .tooManySamples(limit: limits.maxSamples) }
        sampleUnits += 1 + histogram.sampleUnits
        let number = UInt64(columns[place].histograms.count)
        columns[place].samples.append(time, Double(bitPattern: SeriesCollector.histogramBits | number))
        columns[place].histograms.append(histogram)
    }

    /// Adds when counting began, as a sample just added says.
    mutating func addStart(_ place: Int, _ time: Int64, _ startMillis: Int64?) throws(SeriesStoreError) {
        guard options.readsStartTimestamps, let startMillis, let counted = columns[place].counted else { return }
        let starts: Int
        if let known = columns[place].starts {
            starts = known
        } else {
            starts = try self.place(of: counted.startLabels(of: columns[place].labels))
            columns[place].starts = starts
        }
        columns[starts].isStarts = true
        // All series of a histogram say the same.
        if columns[starts].samples.count > 0, columns[starts].samples.lastTime == time { return }
        try add(starts, time, Double(startMillis) / 1000)
    }

    // MARK: Scrapes

    /// Notes that the scrape has a series.
    @inline(__always)
    mutating func note(_ place: Int) {
        if columns[place].scrape == scrape { return }
        columns[place].scrape = scrape
        present.append(place)
    }

    /// Ends the scrape: a series that the one before had and this one hasn't gets a staleness marker.
    mutating func endScrape(at time: Int64) throws(SeriesStoreError) {
        for place in previous where columns[place].scrape != scrape { try add(place, time, staleMarker) }
        swap(&previous, &present)
        present.removeAll(keepingCapacity: true)
        scrape += 1
    }

    // MARK: Into the store

    /// NaNs that no number from outside keeps, with a histogram's place in the lower half.
    private static let histogramBits: UInt64 = 0x7ffc_53a5_0000_0000

    @inline(__always)
    private static func histogramPlace(_ value: Double) -> Int? {
        let bits = value.bitPattern
        return bits & ~0xffff_ffff == histogramBits ? Int(bits & 0xffff_ffff) : nil
    }

    /// Appends everything and keeps nothing; of two samples of one time the later read stays.
    mutating func move(into store: SeriesStore) throws(SeriesStoreError) {
        // The texts and the places are needed no more and are memory like the samples.
        texts = SeriesTexts()
        findStarts()
        places = [:]
        var sharing = TimestampSharing()
        var times: [Int64] = []
        let starts = startTimes(&times, &sharing)
        for index in columns.indices where columns[index].samples.count > 0 && !columns[index].isStarts {
            var series = SeriesCollector.series(of: columns[index], &times, &sharing)
            if let place = columns[index].starts {
                series.startTimestamps = starts[place]?.column(for: series.timestamps)
            }
            columns[index].samples.deallocate()
            columns[index].histograms = []
            try store.merge(series)
        }
        columns = []
    }

    /// Finds the `_created` series of each series of text.
    private mutating func findStarts() {
        for index in columns.indices where columns[index].starts == nil {
            guard let counted = columns[index].counted,
                let place = places[counted.startLabels(of: columns[index].labels)]
            else { continue }
            if columns[place].isStarts { columns[index].starts = place }
        }
    }

    private mutating func startTimes(
        _ times: inout [Int64], _ sharing: inout TimestampSharing
    ) -> [Int: CreatedTimes] {
        var found: [Int: CreatedTimes] = [:]
        for index in columns.indices where columns[index].isStarts {
            found[index] = CreatedTimes(SeriesCollector.series(of: columns[index], &times, &sharing))
            columns[index].samples.deallocate()
        }
        return found
    }

    private static func series(
        of column: Column, _ times: inout [Int64], _ sharing: inout TimestampSharing
    ) -> Series {
        let count = column.samples.count
        if times.count < count { times = [Int64](repeating: 0, count: count + count / 2) }
        let ascends = times.withUnsafeMutableBufferPointer { column.samples.readTimes(into: $0) }
        let values = column.samples.allValues
        if ascends, column.histograms.isEmpty {
            let shared = times.withUnsafeBufferPointer { sharing.column(UnsafeBufferPointer(rebasing: $0[..<count])) }
            return Series(labels: column.labels, timestamps: shared, values: Array(values))
        }
        var samples = (0..<count).map { (time: times[$0], value: values[$0]) }
        // Swift's sort is stable, so the later read of equal times stays behind.
        if !ascends { samples.sort { $0.time < $1.time } }
        var series = Series(labels: column.labels)
        series.timestamps.reserveCapacity(count)
        series.values.reserveCapacity(count)
        for (place, sample) in samples.enumerated() {
            if place + 1 < samples.count, samples[place + 1].time == sample.time { continue }
            if let histogram = SeriesCollector.histogramPlace(sample.value) {
                series.append(column.histograms[histogram], at: sample.time)
            } else {
                series.append(sample.value, at: sample.time)
            }
        }
        return series
    }
}
