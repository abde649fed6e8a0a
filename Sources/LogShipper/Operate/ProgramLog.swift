import Logging
import StructuredLog

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The shipper's own messages: `app` lines of the log contract on stderr, never in a file that a glob could match.
public final class ProgramLog: Sendable {
    private let sink: LogSink

    /// Starts the writer and makes swift-log write through it. Once a process.
    public init(level: Logger.Level) throws {
        sink = try LogSink(descriptor: STDERR_FILENO, rings: 0, ringBytes: 1 << 20)
        sink.start()
        LoggingSystem.bootstrap(StructuredLogHandler.factory(sink: sink, logLevel: level))
    }

    /// Writes what is there and stops.
    public func close() {
        sink.close()
    }
}
