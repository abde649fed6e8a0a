/// The four types of PromQL, printed as Prometheus's messages print them.
public enum ValueType: String, Sendable {
    /// One number a step.
    case scalar
    /// A set of series with one sample each.
    case vector = "instant vector"
    /// A set of series with a span of samples each.
    case matrix = "range vector"
    /// Text.
    case string
}
