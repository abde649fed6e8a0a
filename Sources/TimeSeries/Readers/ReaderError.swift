/// Why a file of samples could not be read.
public struct ReaderError: Error, Equatable, CustomStringConvertible {
    /// The file or folder.
    public let path: String
    /// What is wrong, with line and column where the format has them.
    public let message: String

    /// Makes an error about a file.
    public init(path: String, message: String) {
        self.path = path
        self.message = message
    }

    /// `data.om:12:3: …`
    public var description: String { "\(path):\(message)" }
}
