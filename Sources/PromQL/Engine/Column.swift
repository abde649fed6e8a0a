import TimeSeries

/// One series of an intermediate result: a value for every step of the grid.
///
/// A step without a sample holds the staleness marker, which is never a result value: selectors and windows leave
/// stale samples out. Native histograms will come as a second, optional column.
struct Column: Sendable {
    var labels: Labels
    /// Whether the metric's name goes away at the end (delayed name removal only).
    var dropsName = false
    var values: [Double]

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

    var isEmpty: Bool { values.allSatisfy(\.isStaleMarker) }

    /// Replaces every present value.
    mutating func map(_ transform: (Double) -> Double) {
        for step in values.indices where !values[step].isStaleMarker { values[step] = transform(values[step]) }
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
        case .vector(let columns): columns.reduce(0) { $0 + $1.values.count }
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
                    return wide
                })
        }
    }
}
