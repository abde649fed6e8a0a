import Foundation
import Logging

/// The clocks of a model. Everything in a model runs on one thread.
final class ModelTime: @unchecked Sendable {
    /// Never goes back.
    var nowNanos: Int64 = 1_000_000_000
    /// The wall clock stands this far from the other.
    var wallShiftNanos: Int64 = 1_780_000_000_000_000_000

    /// Whether what happens is printed, for a seed that fails.
    let isTraced = ProcessInfo.processInfo.environment["GATEHOUSE_MODEL_TRACE"] != nil

    func trace(_ event: @autoclosure () -> String) {
        if isTraced { print("\(nowNanos / 1_000_000) ms: \(event())") }
    }

    var wallNanos: Int64 { nowNanos + wallShiftNanos }
}

/// What the shipper says, among what happens.
struct ModelLog: LogHandler {
    let time: ModelTime
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level {
        get { time.isTraced ? .trace : .critical }
        set {}
    }

    init(time: ModelTime) {
        self.time = time
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { time.trace("\(event.level): \(event.message) \(event.metadata ?? [:])") }
}
