import TimeSeries

/// The end of a command's time.
struct Deadline: Sendable {
    private let limitMillis: Int64?
    private let end: ContinuousClock.Instant?

    /// The time begins now; nil is as long as it takes.
    init(_ limit: DurationArgument?) {
        limitMillis = limit?.millis
        end = limit.map { .now.advanced(by: .milliseconds($0.millis)) }
    }

    /// Whether the time is over.
    var isPassed: Bool { end.map { .now >= $0 } ?? false }

    /// Asks whether the time is over; nil when it never is.
    var check: (@Sendable () -> Bool)? {
        guard let end else { return nil }
        return { .now >= end }
    }

    /// What is said of an error: that time is over, if it is; else the error, with the option that sets a limit.
    func message(_ error: any Error) -> String {
        guard isPassed, let limitMillis else {
            return switch error as? SeriesStoreError {
            case .tooManySeries: "\(error) (--max-series)"
            case .tooManySamples: "\(error) (--max-samples)"
            default: "\(error)"
            }
        }
        return "reading and evaluating took longer than --timeout, \(Double(limitMillis) / 1000) s"
    }
}
