import TimeSeries

/// What all rules of a program share when they are evaluated.
public struct RuleContext: Sendable {
    /// For templates: `$externalLabels`.
    public var externalLabels: [String: String] = [:]
    /// For templates and the generator URL: the program's own address as users reach it.
    public var externalURL = ""
    /// Shortest time between two sendings of an unchanged alert.
    public var resendDelayMillis: Int64 = 60_000
    /// Interval of groups that name none.
    public var defaultIntervalMillis: Int64 = 60_000

    /// The defaults of Prometheus.
    public init() {}
}
