import Logging

/// apple/swift-log's backend: the program's own messages as `app` lines in the same schema.
///
/// The message stands in `message` and should be constant; metadata stands in `fields`, sorted by key, secrets
/// redacted; the label of the logger stands in `logger`. Logging never blocks: a full ring drops and counts.
public struct StructuredLogHandler: LogHandler {
    private let sink: LogSink
    private let label: String
    /// Metadata of every message of this logger.
    public var metadata: Logger.Metadata = [:]
    /// Messages below are not written.
    public var logLevel: Logger.Level
    /// Metadata from the context, such as a trace.
    public var metadataProvider: Logger.MetadataProvider?

    /// A handler for the logger `label`.
    public init(
        label: String, sink: LogSink, logLevel: Logger.Level = .info, metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.label = label
        self.sink = sink
        self.logLevel = logLevel
        self.metadataProvider = metadataProvider
    }

    /// What `LoggingSystem.bootstrap` wants.
    public static func factory(
        sink: LogSink, logLevel: Logger.Level = .info
    ) -> @Sendable (String) -> any LogHandler {
        { StructuredLogHandler(label: $0, sink: sink, logLevel: logLevel) }
    }

    /// One value of the handler's metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one message; the call's metadata wins over the provider's, and that over the handler's.
    public func log(event: LogEvent) {
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { $1 } }
        if let own = event.metadata { merged.merge(own) { $1 } }
        var fields = merged.sorted { $0.key < $1.key }.map { (key: $0.key, value: LogValue(metadata: $0.value)) }
        if let error = event.error { fields.append((key: "error", value: .string(String(describing: error)))) }
        sink.write(
            LogRecord(
                event: .app, level: LogSeverity(event.level), message: event.message.description, logger: label,
                fields: fields))
    }
}

extension LogSeverity {
    /// The same level.
    public init(_ level: Logger.Level) {
        self =
            switch level {
            case .trace: .trace
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            case .critical: .critical
            }
    }
}

extension LogValue {
    /// Metadata as JSON: whole numbers and truth values keep their kind, everything else becomes text.
    init(metadata value: Logger.MetadataValue, depth: Int = 0) {
        // The encoder cuts there as well; here it keeps a deep value from using the stack.
        guard depth <= LineLimits.fieldDepth else {
            self = .string("…")
            return
        }
        switch value {
        case .string(let text): self = .string(text)
        case .stringConvertible(let number): self = LogValue(convertible: number)
        case .array(let values): self = .array(values.map { LogValue(metadata: $0, depth: depth + 1) })
        case .dictionary(let members): self = .object(members.mapValues { LogValue(metadata: $0, depth: depth + 1) })
        }
    }

    private init(convertible value: any CustomStringConvertible) {
        switch value {
        case let flag as Bool: self = .boolean(flag)
        case let number as Double: self = .number(number)
        case let number as any BinaryInteger:
            self = Int64(exactly: number).map { .integer($0) } ?? .string(value.description)
        default: self = .string(value.description)
        }
    }
}
