/// The `level` of a line; the same names as apple/swift-log's levels.
public enum LogSeverity: UInt8, Sendable, CaseIterable {
    /// Finest detail.
    case trace
    /// For whoever works on the program.
    case debug
    /// Normal operation; the level of an access line.
    case info
    /// Normal, and worth a look.
    case notice
    /// Not an error yet.
    case warning
    /// Something failed.
    case error
    /// The program or a large part of it failed.
    case critical

    /// The word that stands in the line.
    public var name: String { String(describing: keyword) }

    var keyword: StaticString {
        switch self {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        }
    }
}
