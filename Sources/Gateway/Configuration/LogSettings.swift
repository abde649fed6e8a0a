/// The access log and the program's own messages, which go to the same file.
public struct LogSettings: Sendable, Equatable {
    /// How much the program says of itself.
    public enum Level: String, Sendable, CaseIterable {
        /// Everything.
        case debug
        /// Starts, reloads, changes of health.
        case info
        /// What an operator should look at.
        case warning
        /// What failed.
        case error
    }

    /// The file; `-` is standard output.
    public var path: String
    /// Query keys whose values are logged; all others are left out.
    public var queryKeys: [String]
    /// Bytes of the ring between one event loop and the writing thread; what does not fit is dropped and counted.
    public var ringBytes: Int
    /// The program's own messages.
    public var level: Level

    /// Standard output, no query keys, 1 MiB, info.
    public init(path: String = "-", queryKeys: [String] = [], ringBytes: Int = 1 << 20, level: Level = .info) {
        self.path = path
        self.queryKeys = queryKeys
        self.ringBytes = ringBytes
        self.level = level
    }
}
