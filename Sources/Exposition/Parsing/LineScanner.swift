#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Walks over the bytes of one line.
///
/// Hot path. Behind the line's bytes, none of which is a line feed, stands one in memory. So ``byte`` may always be
/// read: it gives the line feed at the end, and nobody steps over that, because every step is over a byte that was
/// looked at.
struct LineScanner {
    /// The grammar, which the blanks between tokens depend on too.
    enum Syntax: Sendable {
        /// Text format 0.0.4 and 1.0.0, as forgiving as Prometheus.
        case classic
        /// OpenMetrics 1.0: single spaces and nothing else between tokens.
        case openMetrics
        /// OpenMetrics 2.0: the same, with composite values and start times.
        case openMetrics2
    }

    let syntax: Syntax
    /// The number of the line, from 1.
    let line: Int
    let base: UnsafePointer<UInt8>
    /// Bytes of the line.
    let count: Int
    /// True when no byte of the line needs a look at its encoding.
    let isASCII: Bool
    /// Offset of the next byte, at most ``count``.
    private(set) var position = 0

    /// Begins a line.
    ///
    /// - Parameter base: `count` bytes without a line feed, then a line feed
    init(_ base: UnsafePointer<UInt8>, count: Int, line: Int, syntax: Syntax) {
        self.base = base
        self.count = count
        self.line = line
        self.syntax = syntax
        isASCII = UnsafeRawBufferPointer(start: base, count: count).isASCII
    }

    /// True for OpenMetrics of any version.
    @inline(__always)
    var isStrict: Bool { syntax != .classic }

    /// The next byte, or a line feed at the end.
    @inline(__always)
    var byte: UInt8 { base[position] }

    /// True when nothing is left.
    @inline(__always)
    var isAtEnd: Bool { position >= count }

    /// Steps over the next byte; stays where it is at the end.
    @inline(__always)
    mutating func advance() { if position < count { position &+= 1 } }

    /// An error at the next byte.
    func failure(_ message: String) -> ExpositionError { failure(at: position, message) }

    /// An error at an earlier place of the line.
    func failure(at offset: Int, _ message: String) -> ExpositionError {
        ExpositionError(line: line, column: offset + 1, message: message + foreignBytes)
    }

    /// What editors of other systems add to a line and no format allows, in words behind a message.
    private var foreignBytes: String {
        if count > 0, base[count - 1] == UInt8(ascii: "\r") { return "; the line ends with a carriage return" }
        let mark = line == 1 && count > 2 && base[0] == 0xef && base[1] == 0xbb && base[2] == 0xbf
        return mark ? "; the text begins with a byte order mark" : ""
    }

    /// Steps over `expected`, which is no line feed, or fails.
    @inline(__always)
    mutating func expect(_ expected: UInt8, _ message: @autoclosure () -> String) throws(ExpositionError) {
        guard byte == expected else { throw failure(message()) }
        position &+= 1
    }

    /// Steps over `expected`, which is no line feed, if it is next.
    @inline(__always)
    mutating func take(_ expected: UInt8) -> Bool {
        guard byte == expected else { return false }
        position &+= 1
        return true
    }

    /// Steps over spaces and tabs; over nothing in a strict format.
    @inline(__always)
    mutating func skipBlanks() {
        guard !isStrict else { return }
        while byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { position &+= 1 }
    }

    /// One space in a strict format, any number of blanks in the classic one.
    @inline(__always)
    mutating func separator() throws(ExpositionError) {
        if isStrict { try expect(UInt8(ascii: " "), "expected a single space") } else { skipBlanks() }
    }

    /// Steps over a name; empty when there is none.
    @inline(__always)
    mutating func name(allowsColon: Bool) -> TextSpan {
        let start = position
        let first = ByteClass.nameStart | (allowsColon ? ByteClass.colon : 0)
        guard ByteClass.contains(base[start], first) else { return TextSpan(start: start, end: start) }
        var place = start &+ 1
        while ByteClass.contains(base[place], first | ByteClass.digit) { place &+= 1 }
        position = place
        return TextSpan(start: start, end: place)
    }

    /// Steps over everything up to the next blank.
    @inline(__always)
    mutating func token() -> UnsafeBufferPointer<UInt8> {
        let start = position
        var place = start
        while !ByteClass.contains(base[place], ByteClass.blank) { place &+= 1 }
        position = place
        return UnsafeBufferPointer(start: base + start, count: place &- start)
    }

    /// Steps over the rest of the line.
    mutating func rest() -> TextSpan {
        let start = position
        position = count
        return TextSpan(start: start, end: count)
    }

    /// The text between quotes, the closing one included in the step.
    @inline(__always)
    mutating func quoted(
        _ what: @autoclosure () -> String = "label value"
    ) throws(ExpositionError) -> TextSpan {
        try expect(UInt8(ascii: "\""), "expected a \(what()) in double quotes")
        var span = TextSpan(start: position, end: position)
        var place = position
        while true {
            while !ByteClass.contains(base[place], ByteClass.quotedStop) { place &+= 1 }
            if base[place] == UInt8(ascii: "\"") { break }
            if base[place] == UInt8(ascii: "\\") {
                span.isEscaped = true
                place &+= 1
            }
            guard base[place] != UInt8(ascii: "\n") else {
                position = place
                throw failure("the \(what()) has no closing quote")
            }
            place &+= 1
        }
        position = place &+ 1
        span.end = place
        if !isASCII { try check(span) }
        return span
    }

    /// The bytes of a span of this line.
    @inline(__always)
    func bytes(_ span: TextSpan) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + span.start, count: span.end &- span.start)
    }

    /// The text of a span, whose encoding was checked.
    func text(_ span: TextSpan) -> String { ExpositionText(bytes: bytes(span), isEscaped: span.isEscaped).string }

    /// The text must be UTF-8.
    func check(_ span: TextSpan) throws(ExpositionError) {
        guard String(utf8: bytes(span)) != nil else {
            throw failure(at: span.start, "invalid UTF-8")
        }
    }
}
