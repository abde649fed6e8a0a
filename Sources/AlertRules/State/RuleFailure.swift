import TimeSeries

/// Why a rule's evaluation gave nothing, in Prometheus's words.
public enum RuleFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The engine or the store said so.
    case failed(String)
    /// The expression gave a string or a range.
    case notAVector
    /// Two samples have the same labels after the rule's labels were applied.
    case duplicateSeries(isAlert: Bool)
    /// More series or alerts than the group's limit.
    case limitExceeded(limit: Int, count: Int, isAlert: Bool)

    /// The message.
    public var description: String {
        switch self {
        case .failed(let message): message
        case .notAVector: "rule result is not a vector or scalar"
        case .duplicateSeries(let isAlert):
            "vector contains metrics with the same labelset after applying \(isAlert ? "alert" : "rule") labels"
        case .limitExceeded(let limit, let count, let isAlert):
            "exceeded limit of \(limit) with \(count) \(isAlert ? "alerts" : "series")"
        }
    }
}
