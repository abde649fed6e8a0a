/// Walks a scalar's bytes in the file beside its text; the two must agree by the rules of YAML 1.2, chapter 7 and 8.
///
/// Knowing the text spares finding the scalar's end: a plain scalar's depends on what surrounds it.
struct ScalarAligner {
    let bytes: [UInt8]
    let text: [UInt8]
    var place: Int
    private var offsets: [Int] = []

    init(bytes: [UInt8], text: [UInt8], place: Int) {
        (self.bytes, self.text, self.place) = (bytes, text, place)
    }

    var byte: UInt8? { place < bytes.count ? bytes[place] : nil }
    private var index: Int { offsets.count }

    mutating func align() -> ScalarSource? {
        skipProperties()
        let start = place
        switch byte {
        case UInt8(ascii: "|")?: return block(start, .literal)
        case UInt8(ascii: ">")?: return block(start, .folded)
        case UInt8(ascii: "'")?: return flow(start, .singleQuoted)
        case UInt8(ascii: "\"")?: return flow(start, .doubleQuoted)
        default: return flow(start, .plain)
        }
    }

    /// Steps over `&anchor` and `!tag`.
    mutating func skipProperties() {
        while let first = byte, first == UInt8(ascii: "&") || first == UInt8(ascii: "!") {
            while let next = byte, !isSpace(next), !isBreak(next) { place += 1 }
            while let next = byte, isSpace(next) { place += 1 }
        }
    }

    // MARK: Plain and quoted

    private mutating func flow(_ start: Int, _ style: ScalarSource.Style) -> ScalarSource? {
        let quote = style == .plain ? nil : byte
        if quote != nil { place += 1 }
        while index < text.count {
            if style == .doubleQuoted { skipContinuations() }
            if isSpace(text[index]) || isBreak(text[index]), let breaks = breaksAhead() {
                guard fold(breaks) else { return nil }
            } else if style == .doubleQuoted, byte == UInt8(ascii: "\\") {
                guard unescape() else { return nil }
            } else {
                guard byte == text[index] else { return nil }
                note(1)
                if style == .singleQuoted, byte == quote { place += 1 }
                place += 1
            }
        }
        offsets.append(place)
        if style == .doubleQuoted { skipContinuations() }
        if let quote {
            guard byte == quote else { return nil }
            place += 1
        }
        return ScalarSource(
            style: style, range: start..<place, header: start..<start, contentIndent: 0, offsets: offsets)
    }

    private mutating func note(_ count: Int) { offsets.append(contentsOf: repeatElement(place, count: count)) }

    /// The line breaks between here and the next character, when white space and at least one break follow.
    private func breaksAhead() -> (count: Int, next: Int)? {
        var next = place
        var count = 0
        while next < bytes.count, isSpace(bytes[next]) || isBreak(bytes[next]) {
            if bytes[next] == UInt8(ascii: "\n") { count += 1 }
            next += 1
        }
        return count > 0 ? (count, next) : nil
    }

    /// One break is a space, n of them are n - 1 line breaks.
    private mutating func fold(_ breaks: (count: Int, next: Int)) -> Bool {
        let expected = breaks.count == 1 ? [UInt8(ascii: " ")] : Array(repeating: 0x0a, count: breaks.count - 1)
        guard text[index...].starts(with: expected) else { return false }
        note(expected.count)
        place = breaks.next
        return true
    }

    /// A backslash at a line's end joins it to the next.
    private mutating func skipContinuations() {
        while byte == UInt8(ascii: "\\"), place + 1 < bytes.count, isBreak(bytes[place + 1]) {
            place += 1
            while let next = byte, isBreak(next) || isSpace(next) { place += 1 }
        }
    }

    private mutating func unescape() -> Bool {
        guard place + 1 < bytes.count else { return false }
        let marker = bytes[place + 1]
        let digits = [UInt8(ascii: "x"): 2, UInt8(ascii: "u"): 4, UInt8(ascii: "U"): 8][marker] ?? 0
        guard place + 2 + digits <= bytes.count else { return false }
        var scalar = ScalarAligner.escapes[marker].flatMap(Unicode.Scalar.init)
        if digits > 0 {
            let number = String(decoding: bytes[(place + 2)..<(place + 2 + digits)], as: UTF8.self)
            scalar = UInt32(number, radix: 16).flatMap(Unicode.Scalar.init)
        }
        guard let scalar else { return false }
        let expected = Array(String(Character(scalar)).utf8)
        guard text[index...].starts(with: expected) else { return false }
        note(expected.count)
        place += 2 + digits
        return true
    }

    private static let escapes: [UInt8: UInt32] = [
        UInt8(ascii: "0"): 0, UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "t"): 9, 9: 9,
        UInt8(ascii: "n"): 10, UInt8(ascii: "v"): 11, UInt8(ascii: "f"): 12, UInt8(ascii: "r"): 13,
        UInt8(ascii: "e"): 27, UInt8(ascii: " "): 32, UInt8(ascii: "\""): 34, UInt8(ascii: "/"): 47,
        UInt8(ascii: "\\"): 92, UInt8(ascii: "N"): 0x85, UInt8(ascii: "_"): 0xa0, UInt8(ascii: "L"): 0x2028,
        UInt8(ascii: "P"): 0x2029,
    ]

    // MARK: Blocks

    private mutating func block(_ start: Int, _ style: ScalarSource.Style) -> ScalarSource? {
        place += 1
        while let next = byte, "+-123456789".utf8.contains(next) { place += 1 }
        let header = start..<place
        step()
        guard let indent = contentIndent() else { return nil }
        var end = place
        while index < text.count {
            if text[index] == UInt8(ascii: "\n"), isBlankLine(beyond: indent) {
                while byte == UInt8(ascii: " ") { place += 1 }
                guard endLine(style) else { return nil }
                continue
            }
            guard take(spaces: indent) else { return nil }
            while index < text.count, let next = byte, !isLineEnd(at: place), next == text[index] {
                note(1)
                place += 1
            }
            end = place
            if index < text.count { guard isLineEnd(at: place), endLine(style) else { return nil } }
        }
        offsets.append(end)
        return ScalarSource(
            style: style, range: start..<end, header: header, contentIndent: indent, offsets: offsets)
    }

    /// What YAML strips from each line: the first written line's indent, less what of it is left in the text.
    private func contentIndent() -> Int? {
        var next = place
        var spaces = 0
        while next < bytes.count, bytes[next] == UInt8(ascii: " ") || isBreak(bytes[next]) {
            spaces = bytes[next] == UInt8(ascii: " ") ? spaces + 1 : 0
            next += 1
        }
        guard let first = text.firstIndex(where: { $0 != UInt8(ascii: "\n") }) else { return nil }
        let kept = text[first...].prefix { $0 == UInt8(ascii: " ") }.count
        return spaces >= kept ? spaces - kept : nil
    }

    private func isBlankLine(beyond indent: Int) -> Bool {
        var next = place
        while next < bytes.count, bytes[next] == UInt8(ascii: " "), next - place < indent { next += 1 }
        return isLineEnd(at: next)
    }

    private mutating func take(spaces: Int) -> Bool {
        for _ in 0..<spaces {
            guard byte == UInt8(ascii: " ") else { return false }
            place += 1
        }
        return true
    }

    /// Steps over a line's end and notes what it is in the text; folding may join lines by a space or swallow a break.
    private mutating func endLine(_ style: ScalarSource.Style) -> Bool {
        let isBreak = text[index] == UInt8(ascii: "\n")
        if style == .literal {
            guard isBreak else { return false }
            note(1)
            step()
            return true
        }
        let breaks = blankLinesAhead()
        if !isBreak {
            guard breaks == 1, text[index] == UInt8(ascii: " ") else { return false }
            note(1)
            step()
            return true
        }
        let run = text[index...].prefix { $0 == UInt8(ascii: "\n") }.count
        note(min(run, max(breaks, 1)))
        for _ in 0..<max(breaks, 1) { step() }
        return true
    }

    /// Line ends from here to the next line that isn't empty.
    private func blankLinesAhead() -> Int {
        var next = place
        var count = 0
        while next < bytes.count, isBreak(bytes[next]) || bytes[next] == UInt8(ascii: " ") {
            if bytes[next] == UInt8(ascii: "\n") { count += 1 }
            next += 1
        }
        return count
    }

    /// To the start of the next line.
    private mutating func step() {
        while place < bytes.count, bytes[place] != UInt8(ascii: "\n") { place += 1 }
        place = min(place + 1, bytes.count)
    }

    /// Whether a line or the file ends there.
    private func isLineEnd(at place: Int) -> Bool {
        guard place < bytes.count else { return true }
        if bytes[place] == UInt8(ascii: "\n") { return true }
        return bytes[place] == 0x0d && place + 1 < bytes.count && bytes[place + 1] == UInt8(ascii: "\n")
    }
    private func isBreak(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == 0x0d }
    private func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == 9 }
}
