/// Why a Prometheus TSDB block could not be read.
public struct BlockError: Error, Equatable, CustomStringConvertible {
    /// The file or folder.
    public let path: String
    /// Where in the file, in bytes; nil where it concerns the whole.
    public let offset: Int?
    /// What is wrong there.
    public let message: String

    /// Makes an error about a place.
    public init(path: String, offset: Int? = nil, message: String) {
        self.path = path
        self.offset = offset
        self.message = message
    }

    /// `data/01H…/index@1234: …`
    public var description: String { offset.map { "\(path)@\($0): \(message)" } ?? "\(path): \(message)" }
}
