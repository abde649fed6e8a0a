/// The times at which a run evaluates: `start`, `start + step`, … through `end`; milliseconds since the epoch.
public struct RunSchedule: Sendable, Equatable {
    /// First evaluation.
    public var startMillis: Int64
    /// No evaluation is later.
    public var endMillis: Int64
    /// Distance of evaluations; at least 1.
    public var stepMillis: Int64

    /// A schedule; nil when the step isn't positive, the end lies before the start, or there are more than
    /// ``maxSteps`` evaluations.
    public init?(startMillis: Int64, endMillis: Int64, stepMillis: Int64) {
        guard stepMillis > 0, endMillis >= startMillis else { return nil }
        let (span, overflow) = endMillis.subtractingReportingOverflow(startMillis)
        guard !overflow, span / stepMillis < Int64(RunSchedule.maxSteps) else { return nil }
        self.startMillis = startMillis
        self.endMillis = endMillis
        self.stepMillis = stepMillis
    }

    /// A year at a step of 3 seconds.
    public static let maxSteps = 10_000_000

    /// How many evaluations there are.
    public var count: Int { Int((endMillis - startMillis) / stepMillis) + 1 }

    /// The time of evaluation `index` (0-based, below ``count``).
    public func time(_ index: Int) -> Int64 { startMillis + Int64(index) * stepMillis }

    /// The time of the last evaluation.
    public var lastMillis: Int64 { time(count - 1) }

    /// The evaluation at or before a time; nil before the first.
    public func index(atOrBefore millis: Int64) -> Int? {
        guard millis >= startMillis else { return nil }
        return Int(min((millis.subtractingClamped(startMillis)) / stepMillis, Int64(count - 1)))
    }
}
