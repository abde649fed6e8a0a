/// A part of the query's text, as offsets into its UTF-8 bytes.
public struct SourceRange: Hashable, Sendable {
    /// First byte.
    public var start: Int
    /// One after the last byte.
    public var end: Int

    /// Line of the first byte, counted from 1.
    public let line: Int
    /// Column of the first byte, counted from 1, in bytes as Prometheus does.
    public let column: Int

    /// Makes a range of bytes.
    public init(start: Int, end: Int, line: Int, column: Int) {
        self.start = start
        self.end = end
        self.line = line
        self.column = column
    }

    /// The same start with another end.
    func extended(to end: Int) -> SourceRange {
        SourceRange(start: start, end: end, line: line, column: column)
    }

    /// Line and column of an offset, both counted from 1, the column in bytes as Prometheus does.
    static func position(of offset: Int, in bytes: [UInt8]) -> (line: Int, column: Int) {
        var line = 1
        var lineStart = 0
        for place in 0..<min(offset, bytes.count) where bytes[place] == UInt8(ascii: "\n") {
            line += 1
            lineStart = place + 1
        }
        return (line, offset - lineStart + 1)
    }
}
