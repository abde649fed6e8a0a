/// Where a piece of text stands in its line.
struct TextSpan: Equatable {
    var start: Int
    var end: Int
    /// True when it holds a backslash.
    var isEscaped = false

    static let empty = TextSpan(start: 0, end: 0)

    @inline(__always)
    var isEmpty: Bool { start == end }
}

/// Text as it stands in an exposition, valid UTF-8; only valid during the call that it is an argument of.
public struct ExpositionText {
    /// Escapes are not undone.
    public let bytes: UnsafeRawBufferPointer
    /// True when there is a backslash, so that the text differs from its bytes.
    public let isEscaped: Bool

    @inline(__always)
    init(bytes: UnsafeRawBufferPointer, isEscaped: Bool) {
        self.bytes = bytes
        self.isEscaped = isEscaped
    }

    /// The text itself.
    public var string: String {
        isEscaped
            ? String(decoding: ExpositionText.unescaped(bytes, quotes: true), as: UTF8.self)
            : String(decoding: bytes, as: UTF8.self)
    }

    /// True when the text is `other`.
    @inline(__always)
    public func isEqual(to other: String) -> Bool {
        isEscaped ? string.hasSameBytes(as: other) : other.hasSameBytes(as: bytes)
    }

    /// Undoes `\\`, `\n` and, with `quotes`, `\"`; any other backslash stands for itself.
    static func unescaped(_ bytes: UnsafeRawBufferPointer, quotes: Bool) -> [UInt8] {
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
        return result
    }
}
