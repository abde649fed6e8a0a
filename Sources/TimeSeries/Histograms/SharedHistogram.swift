/// A native histogram that several columns hold at once: one reference, however many lists of buckets it has.
public final class SharedHistogram: Sendable, Equatable {
    /// The histogram.
    public let value: FloatHistogram

    /// Puts a histogram in shared memory.
    public init(_ value: FloatHistogram) { self.value = value }

    /// Equality of data.
    public static func == (left: SharedHistogram, right: SharedHistogram) -> Bool {
        left === right || left.value == right.value
    }
}
