/// How many requests a destination gets at a time: one more for every round of quick answers while all are used, a tenth
/// less when answers become slow or a request is throttled, half when requests time out or the destination fails.
///
/// "Slow" is four deviations above the smoothed time of a request, as TCP's timer has it (RFC 6298), and at least twice
/// that time: batches differ in size, and an answer that merely took longer says nothing. What was sent before the limit
/// last fell does not lower it again, so that one stall counts once.
struct ConcurrencyLimit: Equatable {
    enum Overload: Equatable {
        /// Answered, but late, or asked to slow down.
        case mild
        /// No answer in time, or an error of the destination.
        case severe
    }

    let bounds: ClosedRange<Int>
    private var value: Double
    /// Smoothed time from a request to its answer and its mean deviation; 0 before the first answer.
    private(set) var usualNanos: Int64 = 0
    private var deviationNanos: Int64 = 0
    private var loweredNanos = Int64.min

    /// The answer of one request in a thousand is late for its own reasons; this much is never slow.
    private static let alwaysFineNanos: Int64 = 20_000_000
    private static let longestSampleNanos: Int64 = 60_000_000_000

    /// - Parameter bounds: at least 1.
    init(bounds: ClosedRange<Int>) {
        self.bounds = bounds
        value = Double(min(max(4, bounds.lowerBound), bounds.upperBound))
    }

    var current: Int { Int(value) }

    /// A request was answered.
    ///
    /// - Parameter isUsedUp: whether as many requests were under way as allowed: without that, the answer proves nothing
    ///   about more.
    mutating func answered(startedNanos: Int64, nowNanos: Int64, isUsedUp: Bool) {
        let sample = min(max(0, nowNanos - startedNanos), ConcurrencyLimit.longestSampleNanos)
        let isSlow =
            usualNanos > 0 && sample > ConcurrencyLimit.alwaysFineNanos
            && sample > max(2 * usualNanos, usualNanos + 4 * deviationNanos)
        note(sample)
        guard isUsedUp else { return }
        if isSlow {
            overloaded(.mild, startedNanos: startedNanos, nowNanos: nowNanos)
        } else {
            value = min(Double(bounds.upperBound), value + 1 / max(1, value))
        }
    }

    /// A request ended in a way that says that there were too many.
    mutating func overloaded(_ overload: Overload, startedNanos: Int64, nowNanos: Int64) {
        guard startedNanos >= loweredNanos else { return }
        loweredNanos = nowNanos
        value = max(Double(bounds.lowerBound), value * (overload == .mild ? 0.9 : 0.5))
    }

    /// The destination was down: begin again at the lower bound.
    mutating func restart(nowNanos: Int64) {
        value = Double(bounds.lowerBound)
        loweredNanos = nowNanos
    }

    private mutating func note(_ sample: Int64) {
        guard usualNanos > 0 else {
            usualNanos = max(1, sample)
            deviationNanos = sample / 2
            return
        }
        deviationNanos += (abs(sample - usualNanos) - deviationNanos) / 4
        usualNanos = max(1, usualNanos + (sample - usualNanos) / 8)
    }
}
