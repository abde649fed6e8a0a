#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What the beginning of a text tells of its format: OpenMetrics, whose times are seconds, or Prometheus text, whose
/// times are milliseconds.
///
/// Proofs of OpenMetrics are `# EOF`, times with a fraction, exemplars, and types that the other format lacks. Only
/// Prometheus text has comments, blank lines, tabs and `untyped`. Else the times tell: 1700000000 as seconds is in 2023,
/// as milliseconds in January 1970.
struct FormatEvidence {
    /// Something that was seen, and where.
    struct Sight: Equatable {
        var line: Int
        var what: String
    }

    /// What can only stand in OpenMetrics.
    var proof: Sight?
    /// What OpenMetrics has and Prometheus text takes for a comment or for an ordinary name.
    var hint: Sight?
    /// What can only stand in Prometheus text.
    var classic: Sight?
    /// The first time that is plausible only as seconds, only as milliseconds, or that may be either.
    var seconds: Sight?
    var millis: Sight?
    var unclear: Sight?

    /// How a whole number that is a time is to be understood.
    enum Magnitude {
        case seconds
        case millis
        case unclear
    }

    /// Seconds of 1979 to 2103, which would be milliseconds of January and February 1970; or milliseconds from 1979 on,
    /// which would be seconds of the year 11476.
    static func magnitude(_ time: Int64) -> Magnitude {
        switch time.magnitude {
        case 300_000_000..<4_200_000_000: .seconds
        case 300_000_000_000...: .millis
        default: .unclear
        }
    }

    /// Lines that are looked at.
    private static let mostLines = 500

    /// Whether every line of the text was looked at.
    private(set) var isComplete = false

    /// - Parameters:
    ///   - beginning: the first bytes of the text, without a byte order mark.
    ///   - isWhole: there are no more; else the last line isn't looked at.
    init(_ beginning: UnsafeBufferPointer<UInt8>, isWhole: Bool) {
        var start = 0
        var line = 0
        while let base = beginning.baseAddress, start < beginning.count {
            if line == FormatEvidence.mostLines { return }
            let found = memchr(base + start, 10, beginning.count - start).map {
                UnsafeRawPointer($0) - UnsafeRawPointer(base)
            }
            if found == nil, !isWhole { return }
            line += 1
            var end = found ?? beginning.count
            let next = end + 1
            if end > start, base[end - 1] == 13 { end -= 1 }
            let text = UnsafeBufferPointer(rebasing: beginning[start..<end])
            // A last line without a line feed may be cut in its time.
            let isCut = found == nil && (seconds ?? millis ?? unclear) != nil
            if !isCut || text.elementsEqual("# EOF".utf8) { look(at: text, line) }
            start = next
        }
        isComplete = isWhole
    }

    private static func note(_ sight: inout Sight?, _ line: Int, _ what: @autoclosure () -> String) {
        if sight == nil { sight = Sight(line: line, what: what()) }
    }

    private mutating func look(at text: UnsafeBufferPointer<UInt8>, _ line: Int) {
        guard let first = text.first else { return FormatEvidence.note(&classic, line, "a blank line") }
        if first == UInt8(ascii: "#") { return lookAtComment(text, line) }
        if FormatEvidence.isBlank(first) { return FormatEvidence.note(&classic, line, "a blank before a name") }
        lookAtSample(text, line)
    }

    private mutating func lookAtComment(_ text: UnsafeBufferPointer<UInt8>, _ line: Int) {
        if text.starts(with: "# HELP ".utf8) { return }
        if text.elementsEqual("# EOF".utf8) { return FormatEvidence.note(&proof, line, "# EOF") }
        if text.starts(with: "# UNIT ".utf8) { return FormatEvidence.note(&hint, line, "# UNIT") }
        guard text.starts(with: "# TYPE ".utf8) else { return FormatEvidence.note(&classic, line, "a comment") }
        guard let blank = text.lastIndex(of: UInt8(ascii: " ")), text.count - blank <= 16 else { return }
        let kind = String(decoding: text[(blank + 1)...], as: UTF8.self)
        switch kind {
        case "info", "stateset", "gaugehistogram": FormatEvidence.note(&proof, line, "the type \(kind)")
        case "unknown": FormatEvidence.note(&hint, line, "the type \(kind)")
        case "untyped": FormatEvidence.note(&classic, line, "the type \(kind)")
        default: break
        }
    }

    private mutating func lookAtSample(_ text: UnsafeBufferPointer<UInt8>, _ line: Int) {
        guard let (name, end) = FormatEvidence.series(text) else { return }
        if text[..<name].suffix(8).elementsEqual("_created".utf8) {
            FormatEvidence.note(&hint, line, "a _created sample")
        }
        var place = end
        /// The next word; empty at the end.
        func word() -> Range<Int> {
            while place < text.count, FormatEvidence.isBlank(text[place]) { place += 1 }
            let start = place
            while place < text.count, !FormatEvidence.isBlank(text[place]) { place += 1 }
            return start..<place
        }
        let value = word()
        let time = word()
        if value.lowerBound > end + 1 || time.lowerBound > value.upperBound + 1 || text[end..<place].contains(9) {
            FormatEvidence.note(&classic, line, "a tab or a second blank between value and time")
        }
        if text[time].elementsEqual("#".utf8) || text[word()].elementsEqual("#".utf8) {
            return FormatEvidence.note(&proof, line, "an exemplar")
        }
        guard !time.isEmpty, time.count <= 32 else { return }
        lookAtTime(String(decoding: text[time], as: UTF8.self), line)
    }

    private mutating func lookAtTime(_ word: String, _ line: Int) {
        if let whole = Int64(word) {
            switch FormatEvidence.magnitude(whole) {
            case .seconds: FormatEvidence.note(&seconds, line, word)
            case .millis: FormatEvidence.note(&millis, line, word)
            case .unclear: FormatEvidence.note(&unclear, line, word)
            }
        } else if let number = Double(word), number.isFinite {
            FormatEvidence.note(&proof, line, "the timestamp \(word)")
        }
    }

    /// What contradicts a format that the user gives, in words behind the path; nil when nothing does.
    func doubt(of format: DataFormat, endsWithMark: Bool) -> String? {
        let (contrary, unit, other) =
            format == .openmetrics ? (millis, "seconds", "milliseconds") : (seconds, "milliseconds", "seconds")
        if let contrary {
            return
                "\(contrary.line):1: the timestamp \(contrary.what) was read as \(unit) for --data-format \(format) but "
                + "looks like \(other); \(TextFormat.advice)"
        }
        guard format == .prometheus, endsWithMark, millis == nil, let unclear else { return nil }
        return
            "\(unclear.line):1: the timestamp \(unclear.what) was read as milliseconds for --data-format prometheus, but "
            + "the text ends with # EOF as OpenMetrics, whose timestamps are seconds"
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// Where the name ends, and where the labels do; nil when they don't.
    private static func series(_ text: UnsafeBufferPointer<UInt8>) -> (name: Int, end: Int)? {
        let name = text.firstIndex { $0 == UInt8(ascii: "{") || isBlank($0) } ?? text.count
        var place = name
        while place < text.count, isBlank(text[place]) { place += 1 }
        guard place < text.count, text[place] == UInt8(ascii: "{") else { return (name, name) }
        place += 1
        var isQuoted = false
        while place < text.count {
            switch text[place] {
            case UInt8(ascii: "\\") where isQuoted: place += 1
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "}") where !isQuoted: return (name, place + 1)
            default: break
            }
            place += 1
        }
        return nil
    }
}
