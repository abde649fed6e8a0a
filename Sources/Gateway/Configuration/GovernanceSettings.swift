/// Where cells come from besides the configuration.
public struct GovernanceSettings: Sendable, Equatable {
    /// The kinds of governance centre.
    public enum Mode: String, Sendable, CaseIterable {
        /// Only the configured cells.
        case none
        /// The gateway itself keeps a registry that cells send heartbeats to.
        case embedded
        /// Another program at ``GovernanceSettings/url`` keeps it.
        case remote
    }

    /// Which of them; nil: remote when there is a URL, else none.
    public var chosenMode: Mode?
    /// The remote centre's address.
    public var url: HTTPURL?
    /// Between two questions to the remote centre, in nanoseconds.
    public var intervalNanos: Int64
    /// For one question, connecting included, in nanoseconds; below one second, because a health summary waits.
    public var timeoutNanos: Int64
    /// Cells kept from the registry or the remote centre; more are refused.
    public var maxCells: Int
    /// Upstreams of one of these cells.
    public var maxUpstreams: Int

    /// None; 5 s, 800 ms, 256 cells, 32 upstreams.
    public init(
        chosenMode: Mode? = nil,
        url: HTTPURL? = nil,
        intervalNanos: Int64 = 5_000_000_000,
        timeoutNanos: Int64 = 800_000_000,
        maxCells: Int = 256,
        maxUpstreams: Int = 32
    ) {
        self.chosenMode = chosenMode
        self.url = url
        self.intervalNanos = intervalNanos
        self.timeoutNanos = timeoutNanos
        self.maxCells = maxCells
        self.maxUpstreams = maxUpstreams
    }

    /// The mode in force.
    public var mode: Mode { chosenMode ?? (url == nil ? .none : .remote) }
}
