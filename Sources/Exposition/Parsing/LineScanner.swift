#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Walks over the bytes of one line.
///
/// Hot path. The only access to the memory is ``byte``, which is checked and gives a line feed at the end: no line
/// contains one, so no other check for the end is needed.
struct LineScanner {
    /// True for OpenMetrics: single spaces and nothing else between tokens.
    let isStrict: Bool
    /// The number of the line, from 1.
    let line: Int
    private let bytes: UnsafeBufferPointer<UInt8>
    /// Offset of the next byte.
    private(set) var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, line: Int, isStrict: Bool) {
        self.bytes = bytes
        self.line = line
        self.isStrict = isStrict
    }

    /// The next byte, or a line feed at the end.
    @inline(__always)
    var byte: UInt8 { position < bytes.count ? bytes[position] : UInt8(ascii: "\n") }

    /// True when nothing is left.
    @inline(__always)
    var isAtEnd: Bool { position >= bytes.count }

    /// Steps over the next byte.
    @inline(__always)
    mutating func advance() { position = min(position + 1, bytes.count) }

    /// An error at the next byte.
    func failure(_ message: String) -> ExpositionError {
        ExpositionError(line: line, column: position + 1, message: message)
    }

    /// An error at an earlier place of the line.
    func failure(at offset: Int, _ message: String) -> ExpositionError {
        ExpositionError(line: line, column: offset + 1, message: message)
    }

    /// Steps over `expected` or fails.
    @inline(__always)
    mutating func expect(_ expected: UInt8, _ message: @autoclosure () -> String) throws(ExpositionError) {
        guard byte == expected else { throw failure(message()) }
        advance()
    }

    /// Steps over `expected` if it is next.
    @inline(__always)
    mutating func take(_ expected: UInt8) -> Bool {
        guard byte == expected else { return false }
        advance()
        return true
    }

    /// Steps over spaces and tabs; over nothing in a strict format.
    @inline(__always)
    mutating func skipBlanks() {
        guard !isStrict else { return }
        while byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { advance() }
    }

    /// One space in a strict format, any number of blanks in the classic one.
    @inline(__always)
    mutating func separator() throws(ExpositionError) {
        if isStrict { try expect(UInt8(ascii: " "), "expected a single space") } else { skipBlanks() }
    }

    /// Steps over a name; empty when there is none.
    @inline(__always)
    mutating func name(allowsColon: Bool) -> UnsafeBufferPointer<UInt8> {
        let start = position
        while MetricName.isNameByte(byte, isFirst: position == start, allowsColon: allowsColon) { advance() }
        return slice(start, position)
    }

    /// Steps over everything up to the next blank.
    @inline(__always)
    mutating func token() -> UnsafeBufferPointer<UInt8> {
        let start = position
        while byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t"), byte != UInt8(ascii: "\n") { advance() }
        return slice(start, position)
    }

    /// Steps over the rest of the line.
    mutating func rest() -> UnsafeBufferPointer<UInt8> {
        let start = position
        position = bytes.count
        return slice(start, position)
    }

    @inline(__always)
    private func slice(_ start: Int, _ end: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[start..<end])
    }

    /// The text between quotes, the closing one included: its bytes, and whether a backslash is among them.
    @inline(__always)
    mutating func quoted() throws(ExpositionError) -> (text: UnsafeBufferPointer<UInt8>, isEscaped: Bool) {
        try expect(UInt8(ascii: "\""), "expected a label value in double quotes")
        let start = position
        var isEscaped = false
        while byte != UInt8(ascii: "\"") {
            guard !isAtEnd else { throw failure("the label value has no closing quote") }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                advance()
            }
            advance()
        }
        let text = slice(start, position)
        advance()
        return (text, isEscaped)
    }

    /// Text of `bytes`, or `previous` itself when it is the same: repeated names then cost no allocation.
    @inline(__always)
    func text(_ bytes: UnsafeBufferPointer<UInt8>, likely previous: String?) throws(ExpositionError) -> String {
        if let previous, Self.equal(previous, bytes) { return previous }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure(at: offset(of: bytes), "invalid UTF-8")
        }
        return text
    }

    /// Where a part of the line begins; the current place for bytes that are no part of it.
    private func offset(of part: UnsafeBufferPointer<UInt8>) -> Int {
        guard let start = bytes.baseAddress, let address = part.baseAddress else { return position }
        let distance = Int(bitPattern: address) &- Int(bitPattern: start)
        return distance >= 0 && distance < bytes.count ? distance : position
    }

    private static func equal(_ text: String, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.utf8.count == bytes.count else { return false }
        return text.utf8.withContiguousStorageIfAvailable { known in
            guard let left = known.baseAddress, let right = bytes.baseAddress else { return bytes.isEmpty }
            return memcmp(left, right, bytes.count) == 0
        } ?? false
    }

    /// Undoes `\\`, `\n` and `\"`; any other backslash stands for itself.
    func unescaped(
        _ bytes: UnsafeBufferPointer<UInt8>, quotes: Bool = true
    ) throws(ExpositionError) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            let isEscape = bytes[index] == UInt8(ascii: "\\")
            switch next {
            case UInt8(ascii: "\\") where isEscape, UInt8(ascii: "\"") where isEscape && quotes:
                result.append(next)
                index += 2
            case UInt8(ascii: "n") where isEscape:
                result.append(UInt8(ascii: "\n"))
                index += 2
            default:
                result.append(bytes[index])
                index += 1
            }
        }
        return try result.withUnsafeBufferPointer { bytes throws(ExpositionError) in
            try text(bytes, likely: nil)
        }
    }
}
