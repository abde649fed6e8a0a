/// Whether an output's requests succeed, and what went wrong last.
struct OutputHealth: Sendable, Equatable {
    struct Failure: Sendable, Equatable {
        var text: String
        var wallNanos: Int64
    }

    private(set) var lastError: Failure?
    /// Since when every request has failed, by the monotonic clock; nil when the last one succeeded or there was none.
    private(set) var failingSinceNanos: Int64?

    mutating func succeeded() { failingSinceNanos = nil }

    mutating func failed(_ text: String, nowNanos: Int64, wallNanos: Int64) {
        lastError = Failure(text: String(text.unicodeScalars.prefix(300)), wallNanos: wallNanos)
        if failingSinceNanos == nil { failingSinceNanos = nowNanos }
    }

    /// Lines were refused: something is wrong with them, not with the destination.
    mutating func refused(_ text: String, wallNanos: Int64) {
        lastError = Failure(text: String(text.unicodeScalars.prefix(300)), wallNanos: wallNanos)
        failingSinceNanos = nil
    }
}
