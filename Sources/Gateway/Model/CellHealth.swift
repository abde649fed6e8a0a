/// What is known of a cell: by active checks, and by how its requests go.
public struct CellHealth: Sendable, Equatable {
    /// `up`: at least one upstream answers; `down`: none does; `unknown`: not checked yet, or without a check.
    public enum Status: String, Sendable {
        /// At least one upstream is healthy.
        case up
        /// All upstreams failed their checks.
        case down
        /// Nothing is known.
        case unknown
    }

    /// One upstream's state.
    public struct Upstream: Sendable, Equatable {
        /// As configured.
        public var url: String
        /// By its own checks.
        public var status: Status
        /// It is left out for a while because requests failed.
        public var isEjected: Bool

        /// An upstream and its state.
        public init(url: String, status: Status, isEjected: Bool = false) {
            self.url = url
            self.status = status
            self.isEjected = isEjected
        }
    }

    /// The cell's name.
    public var name: String
    /// Summed up over the upstreams.
    public var status: Status
    /// In the configured order.
    public var upstreams: [Upstream]
    /// Of the last finished check, in milliseconds since 1970; nil before the first.
    public var checkedAtMillis: Int64?
    /// Its requests are refused for a while because too many failed.
    public var isCircuitOpen: Bool

    /// A cell's health.
    public init(
        name: String, status: Status, upstreams: [Upstream], checkedAtMillis: Int64?, isCircuitOpen: Bool = false
    ) {
        self.isCircuitOpen = isCircuitOpen
        self.name = name
        self.status = status
        self.upstreams = upstreams
        self.checkedAtMillis = checkedAtMillis
    }
}
