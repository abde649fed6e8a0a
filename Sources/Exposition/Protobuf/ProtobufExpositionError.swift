/// A stream that is no sequence of metric families.
public struct ProtobufExpositionError: Error, Equatable, CustomStringConvertible {
    /// Bytes of the stream before the place, from 0.
    public let offset: Int
    /// The field, in the names of `metrics.proto`: `metric.histogram.bucket`; empty between families.
    public let path: String
    /// What is wrong there.
    public let message: String

    /// Makes an error.
    public init(offset: Int, path: String, message: String) {
        self.offset = offset
        self.path = path
        self.message = message
    }

    /// `byte 12: metric.label: message`.
    public var description: String { "byte \(offset): " + (path.isEmpty ? message : "\(path): \(message)") }
}
