extension RegexParser {
    /// A backslash outside of brackets.
    mutating func escape() throws(RegexError) -> RegexNode {
        let start = place
        guard let letter = peek(1) else {
            throw RegexError(reason: "trailing backslash at end of expression", fragment: "")
        }
        let assertions: [Unicode.Scalar: RegexNode.Assertion] = [
            "A": .textStart, "z": .textEnd, "b": .wordBoundary, "B": .noWordBoundary,
        ]
        if let assertion = assertions[letter] {
            place += 2
            return .assertion(assertion)
        }
        if let set = try classEscape() { return .set(set) }
        place = start
        return literal(try escapedScalar())
    }

    private mutating func folded(_ set: ScalarSet) throws(RegexError) -> ScalarSet {
        if !flags.ignoresCase {
            try count(set.ranges.count)
            return set
        }
        let ranges = set.foldedRanges
        try count(ranges.count)
        return ScalarSet(ranges)
    }

    /// The set of `\p{…}`, made once a name and flag.
    private mutating func unicodeClass(_ name: String) throws(RegexError) -> ScalarSet? {
        let key = flags.ignoresCase ? "(?i)" + name : name
        if let known = classes[key] {
            try count(known.ranges.count)
            return known
        }
        guard let set = CharacterClasses.unicode(name) else { return nil }
        let made = try folded(set)
        classes[key] = made
        return made
    }

    /// `\Q…\E`: everything between is text.
    mutating func quotation() -> [RegexNode] {
        place += 2
        var parts: [RegexNode] = []
        while let next = peek() {
            if next == "\\", peek(1) == "E" {
                place += 2
                break
            }
            parts.append(literal(next.value))
            place += 1
        }
        return parts
    }

    /// `\d` and its like, `\pL`, `\p{Greek}`; nil for other escapes. Case is folded before a set is negated.
    private mutating func classEscape() throws(RegexError) -> ScalarSet? {
        guard let letter = peek(1) else { return nil }
        if let set = CharacterClasses.perl(letter) {
            place += 2
            return try folded(set)
        }
        if let set = CharacterClasses.perl(letter.properties.lowercaseMapping.unicodeScalars.first ?? letter) {
            place += 2
            return try folded(set).inverted
        }
        guard letter == "p" || letter == "P" else { return nil }
        let start = place
        place += 2
        var name = ""
        if take("{") {
            while let next = peek(), next != "}" {
                name.unicodeScalars.append(next)
                place += 1
            }
            if !take("}") {
                throw RegexError(reason: "invalid character class range", fragment: fragment(from: start))
            }
        } else if let next = peek() {
            name = String(next)
            place += 1
        }
        let isNegated = (letter == "P") != name.hasPrefix("^")
        if name.hasPrefix("^") { name.removeFirst() }
        guard let set = try unicodeClass(name) else {
            throw RegexError(reason: "invalid character class range", fragment: fragment(from: start))
        }
        return isNegated ? set.inverted : set
    }

    /// A backslash that stands for one character.
    private mutating func escapedScalar() throws(RegexError) -> UInt32 {
        let start = place
        place += 1
        guard let letter = peek() else {
            throw RegexError(reason: "trailing backslash at end of expression", fragment: "")
        }
        place += 1
        switch letter {
        case "a": return 0x7
        case "f": return 0xc
        case "n": return 0xa
        case "r": return 0xd
        case "t": return 0x9
        case "v": return 0xb
        case "x": return try hexadecimal(start)
        case "0"..."7":
            if letter != "0", peek().map({ $0 < "0" || $0 > "7" }) ?? true { break }
            place -= 1
            return octal()
        default:
            let isPunctuation = letter.value < 0x80 && !CharacterClasses.isWord(UInt8(letter.value))
            if isPunctuation || letter == "_" { return letter.value }
        }
        throw RegexError(reason: "invalid escape sequence", fragment: fragment(from: start))
    }

    /// A surrogate is allowed and matches nothing.
    private mutating func hexadecimal(_ start: Int) throws(RegexError) -> UInt32 {
        let isBraced = take("{")
        var value: UInt32 = 0
        var digits = 0
        while digits < (isBraced ? 8 : 2), let next = peek(), next.value < 0x80,
            let digit = CharacterClasses.hexValue(UInt8(next.value))
        {
            value = value * 16 + digit
            digits += 1
            place += 1
        }
        let isComplete = isBraced ? digits > 0 && take("}") : digits == 2
        guard isComplete, value <= ScalarSet.highest else {
            throw RegexError(reason: "invalid escape sequence", fragment: fragment(from: start))
        }
        return value
    }

    private mutating func octal() -> UInt32 {
        var value: UInt32 = 0
        var digits = 0
        while digits < 3, let next = peek(), ("0"..."7").contains(next) {
            value = value * 8 + (next.value - 0x30)
            digits += 1
            place += 1
        }
        return value
    }

    /// `[…]`
    mutating func bracketClass() throws(RegexError) -> ScalarSet {
        let start = place
        place += 1
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while let next = peek(), next != "]" || isFirst {
            isFirst = false
            if next == "[", peek(1) == ":", let set = try posixClass() {
                ranges += set.ranges
            } else if next == "\\", let set = try classEscape() {
                ranges += set.ranges
            } else {
                ranges += try folded(ScalarSet([try range()])).ranges
            }
        }
        if !take("]") { throw RegexError(reason: "missing closing ]", fragment: fragmentToEnd(start)) }
        let set = ScalarSet(ranges)
        return isNegated ? set.inverted : set
    }

    private mutating func fragmentToEnd(_ start: Int) -> String {
        place = scalars.count
        return fragment(from: start)
    }

    private mutating func range() throws(RegexError) -> ClosedRange<UInt32> {
        let start = place
        let low = try classScalar()
        guard peek() == "-", let after = peek(1), after != "]" else { return low...low }
        place += 1
        let high = try classScalar()
        if high < low {
            throw RegexError(reason: "invalid character class range", fragment: fragment(from: start))
        }
        return low...high
    }

    private mutating func classScalar() throws(RegexError) -> UInt32 {
        guard let next = peek() else { throw RegexError(reason: "missing closing ]", fragment: pattern) }
        if next == "\\" { return try escapedScalar() }
        place += 1
        return next.value
    }

    /// `[:alpha:]` or `[:^alpha:]` inside brackets; nil where the text is no such class.
    private mutating func posixClass() throws(RegexError) -> ScalarSet? {
        let start = place
        let end = classEnd(from: place + 2)
        if end >= scalars.count { return nil }
        var name = String(String.UnicodeScalarView(scalars[(start + 2)..<end]))
        let isNegated = name.hasPrefix("^")
        if isNegated { name.removeFirst() }
        place = end + 2
        guard let set = CharacterClasses.posix(name) else {
            throw RegexError(reason: "invalid character class range", fragment: fragment(from: start))
        }
        return isNegated ? try folded(set).inverted : try folded(set)
    }

    /// Where the next `:]` stands. It is kept, so that many `[:` before one, or before none, don't search again.
    private mutating func classEnd(from start: Int) -> Int {
        if let known = nextClassEnd, known.from <= start, start <= known.place { return known.place }
        var end = start
        while end + 1 < scalars.count, !(scalars[end] == ":" && scalars[end + 1] == "]") { end += 1 }
        passed += end - start
        if end + 1 >= scalars.count { end = scalars.count }
        nextClassEnd = (start, end)
        return end
    }
}
