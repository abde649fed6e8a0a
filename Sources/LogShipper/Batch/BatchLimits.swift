/// When a batch is closed.
struct BatchLimits: Sendable, Equatable {
    /// Bytes before compression.
    var maxBytes = 1 << 20
    var maxLines = 100_000
    var maxAgeNanos: Int64 = 1_000_000_000
}
