/// Why a sample was not taken.
public enum SeriesStoreError: Error, Equatable, CustomStringConvertible {
    /// The series already has a later sample.
    case outOfOrder(labels: Labels, timestampMillis: Int64, lastMillis: Int64)
    /// The series already has a sample of that time.
    case duplicate(labels: Labels, timestampMillis: Int64)
    /// A new series would exceed the limit.
    case tooManySeries(limit: Int)
    /// One more sample would exceed the limit.
    case tooManySamples(limit: Int)

    /// What happened, with the series and the bound.
    public var description: String {
        switch self {
        case .outOfOrder(let labels, let timestampMillis, let lastMillis):
            "out of order sample for \(labels): \(timestampMillis) ms comes after \(lastMillis) ms"
        case .duplicate(let labels, let timestampMillis):
            "duplicate sample for \(labels) at \(timestampMillis) ms"
        case .tooManySeries(let limit):
            "the store holds \(limit) series, its limit: drop labels or raise the limit"
        case .tooManySamples(let limit):
            "the store holds \(limit) samples, its limit: keep a shorter time or raise the limit"
        }
    }
}
