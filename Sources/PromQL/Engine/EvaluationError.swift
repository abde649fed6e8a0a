/// Why a query that parsed could not be evaluated.
public enum EvaluationError: Error, Equatable, CustomStringConvertible {
    /// The expression contradicts the data, in Prometheus's words.
    case failed(String)
    /// The limit on samples was reached.
    case tooManySamples(limit: Int)
    /// The limit on series was reached.
    case tooManySeries(limit: Int)
    /// The limit on steps was reached.
    case tooManySteps(limit: Int)
    /// ``EngineOptions/isCancelled`` answered true: the caller gave up.
    case cancelled
    /// The limit on time was reached.
    case timedOut(limitMillis: Int64)
    /// The query asks for something that isn't built.
    case unsupported(String)

    /// The message, in Prometheus's words where it has one.
    public var description: String {
        switch self {
        case .failed(let message): message
        case .tooManySamples(let limit):
            "query processing would load too many samples into memory in query execution (limit \(limit))"
        case .tooManySeries(let limit): "query would select more than \(limit) series"
        case .tooManySteps(let limit): "query would evaluate more than \(limit) steps"
        case .cancelled: "query was canceled in expression evaluation"
        case .timedOut(let limit): "query timed out in expression evaluation (limit \(limit) ms)"
        case .unsupported(let what): "\(what) is not supported yet"
        }
    }
}
