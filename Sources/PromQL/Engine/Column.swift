import TimeSeries

/// One series of an intermediate result: a value for every step of the grid.
///
/// A step without a sample holds the staleness marker, which is never a result value: selectors and windows leave
/// stale samples out. Native histograms lie in a column beside: where one stands, the number is absent, so that
/// functions of numbers pass them over without a look.
struct Column: Sendable {
    var labels: Labels
    /// Whether the metric's name goes away at the end (delayed name removal only).
    var dropsName = false
    var values: [Double]
    /// The histogram of every step, nil where it has none; empty while no step has one.
    var histograms: [SharedHistogram?] = []

    static let absent = staleMarker

    init(labels: Labels, dropsName: Bool = false, values: [Double]) {
        self.labels = labels
        self.dropsName = dropsName
        self.values = values
    }

    /// A column without samples.
    init(labels: Labels, dropsName: Bool = false, steps: Int) {
        self.init(labels: labels, dropsName: dropsName, values: [Double](repeating: staleMarker, count: steps))
    }

    /// Makes room for the values of another series.
    mutating func prepare(labels: Labels, dropsName: Bool = false, steps: Int) {
        self.labels = labels
        self.dropsName = dropsName
        histograms = []
        if values.count != steps { values = [Double](repeating: staleMarker, count: steps) }
    }

    var isEmpty: Bool { values.allSatisfy(\.isStaleMarker) && histograms.allSatisfy { $0 == nil } }
    var hasHistograms: Bool { !histograms.isEmpty }

    /// Whether a step has a sample of either kind.
    func isPresent(_ step: Int) -> Bool { !values[step].isStaleMarker || shared(step) != nil }

    func histogram(_ step: Int) -> FloatHistogram? { shared(step)?.value }
    func shared(_ step: Int) -> SharedHistogram? { histograms.isEmpty ? nil : histograms[step] }

    /// Makes a step's sample a histogram.
    mutating func set(_ histogram: FloatHistogram, _ step: Int) { set(SharedHistogram(histogram), step) }

    mutating func set(_ histogram: SharedHistogram, _ step: Int) {
        if histograms.isEmpty { histograms = [SharedHistogram?](repeating: nil, count: values.count) }
        histograms[step] = histogram
        values[step] = Column.absent
    }

    /// How many points it holds, a histogram counted as the numbers that its memory would hold.
    var pointCount: Int { histograms.reduce(values.count) { $0 + ($1?.value.sampleUnits ?? 0) } }

    /// Leaves a step without a sample.
    mutating func clear(_ step: Int) {
        values[step] = Column.absent
        if !histograms.isEmpty { histograms[step] = nil }
    }

    /// Notes the steps that have a sample.
    func markPresent(_ steps: inout [Bool]) {
        for step in values.indices where !values[step].isStaleMarker { steps[step] = true }
        for step in histograms.indices where histograms[step] != nil { steps[step] = true }
    }

    /// Replaces every number; histograms go.
    mutating func map(_ transform: (Double) -> Double) {
        histograms = []
        for step in values.indices where !values[step].isStaleMarker { values[step] = transform(values[step]) }
    }
}

extension Column {
    /// Changes the sign of every sample.
    mutating func negate() {
        let old = histograms
        map { -$0 }
        for step in old.indices {
            guard var histogram = old[step]?.value else { continue }
            histogram.multiply(by: -1)
            set(histogram, step)
        }
    }

    /// Takes over the samples of a column with the same labels.
    ///
    /// - Returns: false when both have a sample at a step.
    mutating func take(from other: Column) -> Bool {
        for step in other.values.indices where !other.values[step].isStaleMarker {
            if isPresent(step) { return false }
            values[step] = other.values[step]
        }
        for step in other.histograms.indices {
            guard let histogram = other.histograms[step] else { continue }
            if isPresent(step) { return false }
            set(histogram, step)
        }
        return true
    }
}

/// An intermediate result over a grid.
enum StepValue: Sendable {
    case scalar([Double])
    case vector([Column])
    case string(String)

    var pointCount: Int {
        switch self {
        case .scalar(let values): values.count
        case .vector(let columns): columns.reduce(0) { $0 + $1.pointCount }
        case .string: 0
        }
    }

    /// The single step's value at every step.
    func repeated(_ count: Int) -> StepValue {
        switch self {
        case .scalar(let values): return .scalar([Double](repeating: values.first ?? .nan, count: count))
        case .string: return self
        case .vector(let columns):
            return .vector(
                columns.map { column in
                    var wide = column
                    wide.values = [Double](repeating: column.values.first ?? Column.absent, count: count)
                    if column.hasHistograms {
                        wide.histograms = [SharedHistogram?](repeating: column.shared(0), count: count)
                    }
                    return wide
                })
        }
    }
}
