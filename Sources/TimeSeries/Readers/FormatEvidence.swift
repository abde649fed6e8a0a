import Exposition

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

    /// - Parameters:
    ///   - beginning: the first bytes of the text, without a byte order mark.
    ///   - isWhole: there are no more; else the last line isn't looked at.
    init(_ beginning: ArraySlice<UInt8>, isWhole: Bool) {
        var rest = beginning
        var line = 0
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n"))
            if end == nil, !isWhole { return }
            line += 1
            var text = rest[..<(end ?? rest.endIndex)]
            if text.last == UInt8(ascii: "\r") { text.removeLast() }
            // A last line without a line feed may be cut in its time.
            if end == nil, seconds ?? millis ?? unclear != nil, !text.elementsEqual("# EOF".utf8) { return }
            look(at: text, line)
            rest = rest[(end.map { $0 + 1 } ?? rest.endIndex)...]
        }
    }

    private static func note(_ sight: inout Sight?, _ line: Int, _ what: @autoclosure () -> String) {
        if sight == nil { sight = Sight(line: line, what: what()) }
    }

    private mutating func look(at text: ArraySlice<UInt8>, _ line: Int) {
        guard let first = text.first else { return FormatEvidence.note(&classic, line, "a blank line") }
        if first == UInt8(ascii: "#") { return lookAtComment(text, line) }
        if FormatEvidence.isBlank(first) { return FormatEvidence.note(&classic, line, "a blank before a name") }
        lookAtSample(text, line)
    }

    private mutating func lookAtComment(_ text: ArraySlice<UInt8>, _ line: Int) {
        if text.elementsEqual("# EOF".utf8) { return FormatEvidence.note(&proof, line, "# EOF") }
        if text.starts(with: "# HELP ".utf8) { return }
        if text.starts(with: "# UNIT ".utf8) { return FormatEvidence.note(&hint, line, "# UNIT") }
        guard text.starts(with: "# TYPE ".utf8) else { return FormatEvidence.note(&classic, line, "a comment") }
        let kind = String(decoding: text[(text.lastIndex(of: UInt8(ascii: " ")) ?? 0)...].dropFirst(), as: UTF8.self)
        switch kind {
        case "info", "stateset", "gaugehistogram": FormatEvidence.note(&proof, line, "the type \(kind)")
        case "unknown": FormatEvidence.note(&hint, line, "the type \(kind)")
        case "untyped": FormatEvidence.note(&classic, line, "the type \(kind)")
        default: break
        }
    }

    private mutating func lookAtSample(_ text: ArraySlice<UInt8>, _ line: Int) {
        guard let end = FormatEvidence.endOfSeries(text), end < text.endIndex else { return }
        let words = text[end...].split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).dropFirst()
        if text[end...].contains(UInt8(ascii: "\t")) || words.contains(where: \.isEmpty) {
            FormatEvidence.note(&classic, line, "a tab or a second blank between value and time")
        }
        let name = text.prefix { $0 != UInt8(ascii: "{") && !FormatEvidence.isBlank($0) }
        if name.suffix(8).elementsEqual("_created".utf8) { FormatEvidence.note(&hint, line, "a _created sample") }
        let rest = text[end...].split { FormatEvidence.isBlank($0) }.dropFirst()
        if rest.prefix(2).contains(where: { $0.elementsEqual([UInt8(ascii: "#")]) }) {
            return FormatEvidence.note(&proof, line, "an exemplar")
        }
        guard let time = rest.first, time.count <= 32 else { return }
        let word = String(decoding: time, as: UTF8.self)
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

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// Where name and labels end; nil when they don't.
    private static func endOfSeries(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>.Index? {
        var place = text.firstIndex { $0 == UInt8(ascii: "{") || isBlank($0) } ?? text.endIndex
        let brace = text[place...].firstIndex { !isBlank($0) } ?? text.endIndex
        guard brace < text.endIndex, text[brace] == UInt8(ascii: "{") else { return place }
        place = brace + 1
        var isQuoted = false
        while place < text.endIndex {
            switch text[place] {
            case UInt8(ascii: "\\") where isQuoted: place += 1
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "}") where !isQuoted: return place + 1
            default: break
            }
            place += 1
        }
        return nil
    }
}
