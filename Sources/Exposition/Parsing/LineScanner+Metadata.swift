#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension LineScanner {
    /// What a line that starts with `#` says; nil for a comment of the classic format.
    ///
    /// - Parameter family: the name of the line before, which is used again where it is the same
    mutating func metadata(family: inout String) throws(ExpositionError) -> ExpositionEvent? {
        advance()
        if isStrict { try separator() } else { skipBlanks() }
        let start = position
        let keyword = bytes(name(allowsColon: false))
        if isWord(keyword, "HELP") {
            try familyName(&family)
            return .help(family, try help())
        }
        if isWord(keyword, "TYPE") {
            try familyName(&family)
            return .kind(family, try kind())
        }
        guard isStrict else { return nil }
        if isWord(keyword, "UNIT") {
            try familyName(&family)
            return .unit(family, try unit())
        }
        guard isWord(keyword, "EOF") else { throw failure(at: start, "expected HELP, TYPE, UNIT or EOF") }
        guard isAtEnd else { throw failure("unexpected text after EOF") }
        return .endOfFile
    }

    @inline(__always)
    private func isWord(_ bytes: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count where bytes[index] != word.utf8Start[index] { return false }
        return true
    }

    private mutating func familyName(_ family: inout String) throws(ExpositionError) {
        if !isStrict, byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t") { throw failure("expected a metric name") }
        try separator()
        var span = name(allowsColon: true)
        if span.isEmpty {
            guard byte == UInt8(ascii: "\"") else { throw failure("expected a metric name") }
            span = try quoted("name")
            guard !span.isEmpty else { throw failure(at: span.start, "the name is empty") }
        }
        let text = ExpositionText(bytes: bytes(span), isEscaped: span.isEscaped)
        if text.isEscaped || !family.hasSameBytes(as: text.bytes) { family = text.string }
    }

    private mutating func help() throws(ExpositionError) -> String {
        // The classic format knows a HELP without a text.
        if !isStrict, isAtEnd { return "" }
        if !isStrict {
            guard byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") else { throw failure("expected a space") }
            advance()
        } else {
            try separator()
        }
        let span = rest()
        let bytes = bytes(span)
        if !isASCII { try check(span) }
        guard let base = bytes.baseAddress else { return "" }
        return memchr(base, Int32(UInt8(ascii: "\\")), bytes.count) != nil
            ? String(decoding: ExpositionText.unescaped(bytes, quotes: isStrict), as: UTF8.self)
            : String(decoding: bytes, as: UTF8.self)
    }

    private mutating func kind() throws(ExpositionError) -> MetricKind {
        try separator()
        let start = position
        let word = String(decoding: token(), as: UTF8.self)
        skipBlanks()
        guard isAtEnd else { throw failure("unexpected text after the type") }
        if isStrict, let kind = MetricKind(rawValue: word) { return kind }
        if !isStrict {
            switch word {
            case "untyped", "unknown": return .unknown
            case "counter": return .counter
            case "gauge": return .gauge
            case "histogram": return .histogram
            case "summary": return .summary
            default: break
            }
        }
        throw failure(at: start, "unknown metric type \"\(word.prefix(32))\"")
    }

    private mutating func unit() throws(ExpositionError) -> String {
        try separator()
        let start = position
        let unit = text(name(allowsColon: true))
        guard isAtEnd else { throw failure(at: start, "the unit is not a word") }
        return unit
    }
}
