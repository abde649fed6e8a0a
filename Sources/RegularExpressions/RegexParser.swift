import Locking

/// Reads RE2's syntax (https://github.com/google/re2/wiki/Syntax) with bounded nesting and repetition.
struct RegexParser {
    struct Flags {
        var ignoresCase = false
        var dotMatchesNewline = true
        var isMultiline = false
        var swapsGreed = false
    }

    static let maxNesting = 200
    /// Levels of groups that are read without a stack of their own.
    static let levelsOnCallersStack = 24
    static let maxRepeat = 1000

    let pattern: String
    var scalars: [Unicode.Scalar]
    var place = 0
    var flags = Flags()
    private(set) var groupNames: [String?] = [nil]
    private var nesting = 0
    private var knownNames: Set<String> = []
    /// Named classes that were looked up, by name and flag.
    var classes: [String: ScalarSet] = [:]
    /// Ranges of scalars that classes were made of.
    private(set) var work = 0
    /// From where the next `:]` was looked for, and where it stands; the end where there is none.
    var nextClassEnd: (from: Int, place: Int)?
    /// Scalars passed in search of `:]`, for the test of linear time.
    var passed = 0
    /// The deepest nesting that was seen.
    private(set) var deepest = 0

    /// - Parameter dotMatchesNewline: the `s` flag's value at the start; on in Prometheus 3.
    init(_ pattern: String, dotMatchesNewline: Bool) {
        self.pattern = pattern
        scalars = Array(pattern.unicodeScalars)
        flags.dotMatchesNewline = dotMatchesNewline
    }

    mutating func parse() throws(RegexError) -> RegexNode {
        let node = try alternation()
        if place < scalars.count { throw RegexError(reason: "unexpected )", fragment: pattern) }
        return node
    }

    func peek(_ ahead: Int = 0) -> Unicode.Scalar? { place + ahead < scalars.count ? scalars[place + ahead] : nil }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        if peek() != scalar { return false }
        place += 1
        return true
    }

    func fragment(from start: Int) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[start..<min(place, scalars.count)])
        return String(text)
    }

    private mutating func alternation() throws(RegexError) -> RegexNode {
        nesting += 1
        deepest = max(deepest, nesting)
        defer { nesting -= 1 }
        if nesting == RegexParser.levelsOnCallersStack {
            let outcome = DeepStack.run { () throws(RegexError) -> RegexNode in try branches() }
            guard let outcome else { throw RegexError(reason: "expression nests too deeply", fragment: pattern) }
            return try outcome.get()
        }
        return try branches()
    }

    private mutating func branches() throws(RegexError) -> RegexNode {
        if nesting > RegexParser.maxNesting {
            throw RegexError(reason: "expression nests too deeply", fragment: pattern)
        }
        let outer = flags
        defer { flags = outer }
        var branches: [RegexNode] = [try concatenation()]
        while take("|") { branches.append(try concatenation()) }
        return branches.count == 1 ? branches[0] : .alternation(branches)
    }

    private mutating func concatenation() throws(RegexError) -> RegexNode {
        var parts: [RegexNode] = []
        while let next = peek(), next != "|", next != ")" {
            let start = place
            if try repetition() != nil {
                // Only a group of flags stands between an operator here and what it repeats.
                guard let last = parts.popLast() else {
                    throw RegexError(
                        reason: "missing argument to repetition operator", fragment: fragment(from: start))
                }
                place = start
                parts.append(try repeated(last, start))
                continue
            }
            if next == "\\", peek(1) == "Q" {
                // A repetition behind `\E` belongs to the last character alone.
                var quoted = quotation()
                guard let last = quoted.popLast() else { continue }
                parts += quoted
                parts.append(try repeated(last, start))
                continue
            }
            guard let atom = try atom() else { continue }
            parts.append(try repeated(atom, start))
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .concatenation(parts)
    }

    /// Applies the repetition operators behind an atom.
    private mutating func repeated(_ atom: RegexNode, _ start: Int) throws(RegexError) -> RegexNode {
        let operatorStart = place
        guard let (least, most) = try repetition() else { return atom }
        var isGreedy = !flags.swapsGreed
        if take("?") { isGreedy.toggle() }
        let first = fragment(from: operatorStart)
        if try repetition() != nil {
            throw RegexError(
                reason: "invalid nested repetition operator", fragment: fragment(from: operatorStart))
        }
        if least * RegexParser.repeatWeight(atom) > RegexParser.maxRepeat
            || (most ?? 0) * RegexParser.repeatWeight(atom) > RegexParser.maxRepeat
        {
            throw RegexError(reason: "invalid repeat count", fragment: first)
        }
        return .repetition(atom, least: least, most: most, isGreedy: isGreedy)
    }

    /// The product of the counted repetitions below, which bounds how often a part is copied.
    private static func repeatWeight(_ node: RegexNode) -> Int {
        switch node {
        case .repetition(let inner, let least, let most, _): max(least, most ?? 0, 1) * repeatWeight(inner)
        case .capture(_, let inner): repeatWeight(inner)
        case .concatenation(let parts), .alternation(let parts): parts.map(repeatWeight).max() ?? 1
        default: 1
        }
    }

    private mutating func repetition() throws(RegexError) -> (least: Int, most: Int?)? {
        switch peek() {
        case "*"?:
            place += 1
            return (0, nil)
        case "+"?:
            place += 1
            return (1, nil)
        case "?"?:
            place += 1
            return (0, 1)
        case "{"?: return try countedRepetition()
        default: return nil
        }
    }

    /// `{n}`, `{n,}` or `{n,m}`; anything else in braces is text.
    private mutating func countedRepetition() throws(RegexError) -> (least: Int, most: Int?)? {
        let start = place
        place += 1
        guard let least = number() else {
            place = start
            return nil
        }
        var most: Int? = least
        if take(",") { most = number() }
        guard take("}") else {
            place = start
            return nil
        }
        if least > RegexParser.maxRepeat || (most ?? 0) > RegexParser.maxRepeat || (most.map { $0 < least } ?? false) {
            throw RegexError(reason: "invalid repeat count", fragment: fragment(from: start))
        }
        return (least, most)
    }

    private mutating func number() -> Int? {
        let start = place
        var value = 0
        while let digit = peek(), digit.value >= 0x30, digit.value <= 0x39 {
            value = min(value * 10 + Int(digit.value - 0x30), 100_000)
            place += 1
        }
        if place - start > 1, scalars[start] == "0" {
            place = start
            return nil
        }
        return place == start ? nil : value
    }

    /// One unit of a pattern; nil when only flags changed.
    private mutating func atom() throws(RegexError) -> RegexNode? {
        guard let next = peek() else { return .empty }
        switch next {
        case "(": return try group()
        case "[": return .set(try bracketClass())
        case "\\": return try escape()
        case ".":
            place += 1
            return .set(flags.dotMatchesNewline ? .everything : ScalarSet([0x0a...0x0a]).inverted)
        case "^":
            place += 1
            return .assertion(flags.isMultiline ? .lineStart : .textStart)
        case "$":
            place += 1
            return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
        default:
            place += 1
            return literal(next.value)
        }
    }

    mutating func count(_ ranges: Int) throws(RegexError) {
        work += ranges
        if work > RegexProgram.maxWork { throw RegexError(reason: RegexError.tooLarge, fragment: pattern) }
    }

    func literal(_ scalar: UInt32) -> RegexNode {
        let set = ScalarSet([scalar...scalar])
        return .set(flags.ignoresCase ? set.foldingCase : set)
    }

    private mutating func group() throws(RegexError) -> RegexNode? {
        let start = place
        let outer = flags
        place += 1
        var index: Int?
        if take("?") {
            if try named(start) {
                index = groupNames.count - 1
            } else if try flagsOnly(start) {
                return nil
            }
        } else {
            groupNames.append(nil)
            index = groupNames.count - 1
        }
        let inner = try alternation()
        flags = outer
        if !take(")") { throw RegexError(reason: "missing closing )", fragment: pattern) }
        return index.map { .capture(index: $0, inner) } ?? inner
    }

    /// `(?P<name>` or `(?<name>`.
    private mutating func named(_ start: Int) throws(RegexError) -> Bool {
        let hasP = peek() == "P" && peek(1) == "<"
        guard hasP || peek() == "<" else { return false }
        if !hasP, peek(1) == "=" || peek(1) == "!" {
            place += 2
            throw RegexError(reason: "invalid or unsupported Perl syntax", fragment: fragment(from: start))
        }
        place += hasP ? 2 : 1
        var name = ""
        while let next = peek(), next != ">" {
            name.unicodeScalars.append(next)
            place += 1
        }
        let isValid = !name.isEmpty && name.utf8.allSatisfy(CharacterClasses.isWord)
        guard take(">"), isValid else {
            throw RegexError(reason: "invalid named capture", fragment: fragment(from: start))
        }
        if !knownNames.insert(name).inserted {
            throw RegexError(reason: "duplicate capture group name", fragment: name)
        }
        groupNames.append(name)
        return true
    }

    /// `(?flags)` answers true and changes the flags; `(?flags:` answers false and opens a group.
    private mutating func flagsOnly(_ start: Int) throws(RegexError) -> Bool {
        var next = flags
        var isOn = true
        var sawFlag = false
        while let letter = peek() {
            place += 1
            switch letter {
            case "i": next.ignoresCase = isOn
            case "s": next.dotMatchesNewline = isOn
            case "m": next.isMultiline = isOn
            case "U": next.swapsGreed = isOn
            case "-" where isOn:
                isOn = false
                sawFlag = false
                continue
            case ":" where isOn || sawFlag:
                flags = next
                return false
            case ")" where isOn || sawFlag:
                flags = next
                return true
            default:
                throw RegexError(reason: "invalid or unsupported Perl syntax", fragment: fragment(from: start))
            }
            sawFlag = true
        }
        throw RegexError(reason: "missing closing )", fragment: pattern)
    }
}
