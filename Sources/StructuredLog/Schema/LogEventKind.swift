/// The `event` of a line, by which a reader separates the four kinds that share one file.
public enum LogEventKind: UInt8, Sendable, CaseIterable {
    /// One answered (or refused) request.
    case access
    /// A request that failed inside the gateway, with the same keys as an access line.
    case error
    /// Somebody changed something: who, what and when.
    case audit
    /// A message of the program itself.
    case app

    /// The word that stands in the line.
    public var name: String { String(describing: keyword) }

    var keyword: StaticString {
        switch self {
        case .access: "access"
        case .error: "error"
        case .audit: "audit"
        case .app: "app"
        }
    }
}
