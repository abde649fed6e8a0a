import AlertRules
import ArgumentParser
import PromQL

/// A moment on the command line: RFC 3339 or Unix seconds, also with a fraction.
struct TimeArgument: ExpressibleByArgument {
    var millis: Int64

    init?(argument: String) {
        if let millis = RFC3339.unixMillis(argument) {
            self.millis = millis
        } else if let seconds = Double(argument), let millis = Int64(exactly: (seconds * 1_000).rounded()) {
            self.millis = millis
        } else {
            return nil
        }
    }
}

/// A duration on the command line: `15s`, `1h30m`, or seconds, `15`.
struct DurationArgument: ExpressibleByArgument, Sendable {
    var millis: Int64

    init?(argument: String) {
        if let millis = try? parsePrometheusDuration(argument) {
            self.millis = millis
        } else if let seconds = Double(argument), let millis = Int64(exactly: (seconds * 1_000).rounded()) {
            self.millis = millis
        } else {
            return nil
        }
    }
}
