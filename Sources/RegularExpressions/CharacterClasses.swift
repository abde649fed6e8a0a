/// Named sets of RE2's syntax.
enum CharacterClasses {
    static let digits = ScalarSet([0x30...0x39])
    static let word = ScalarSet([0x30...0x39, 0x41...0x5a, 0x5f...0x5f, 0x61...0x7a])
    /// `\s`: tab, newline, form feed, carriage return and space.
    static let space = ScalarSet([0x09...0x0a, 0x0c...0x0d, 0x20...0x20])

    /// Whether a byte is an ASCII letter, a digit or an underscore.
    static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// What a hexadecimal digit stands for.
    static func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    /// The set of `\d`, `\s`, `\w`.
    static func perl(_ letter: Unicode.Scalar) -> ScalarSet? {
        switch letter {
        case "d": digits
        case "s": space
        case "w": word
        default: nil
        }
    }

    /// The set of `[:alpha:]` and its like.
    static func posix(_ name: String) -> ScalarSet? {
        switch name {
        case "alnum": ScalarSet([0x30...0x39, 0x41...0x5a, 0x61...0x7a])
        case "alpha": ScalarSet([0x41...0x5a, 0x61...0x7a])
        case "ascii": ScalarSet([0...0x7f])
        case "blank": ScalarSet([0x09...0x09, 0x20...0x20])
        case "cntrl": ScalarSet([0...0x1f, 0x7f...0x7f])
        case "digit": digits
        case "graph": ScalarSet([0x21...0x7e])
        case "lower": ScalarSet([0x61...0x7a])
        case "print": ScalarSet([0x20...0x7e])
        case "punct": ScalarSet([0x21...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7e])
        case "space": ScalarSet([0x09...0x0d, 0x20...0x20])
        case "upper": ScalarSet([0x41...0x5a])
        case "word": word
        case "xdigit": ScalarSet([0x30...0x39, 0x41...0x46, 0x61...0x66])
        default: nil
        }
    }

    /// The set of `\p{L}`, `\pN`, `\p{Lu}`, `\p{Greek}`, `\p{Any}`; as in Go's syntax since 1.25 also `\p{Letter}`, and
    /// case, spaces, hyphens and underscores in a name don't count.
    static func unicode(_ name: String) -> ScalarSet? {
        let folded = name.lowercased().filter { !" _-".contains($0) }
        switch folded {
        case "any": return .everything
        case "ascii": return ScalarSet([0...0x7f])
        case "assigned": return ScalarSet(categories.values.flatMap(\.ranges))
        case "cn": return ScalarSet(categories.values.flatMap(\.ranges)).inverted
        case "lc", "casedletter": return ScalarSet(["lu", "ll", "lt"].flatMap { categories[$0]?.ranges ?? [] })
        default: break
        }
        let category = longNames[folded] ?? folded
        let wanted = categories.keys.filter { $0 == category || (category.utf8.count == 1 && $0.hasPrefix(category)) }
        if wanted.isEmpty { return UnicodeScripts.named(folded) }
        return ScalarSet(wanted.flatMap { categories[$0]?.ranges ?? [] })
    }

    /// Unicode's long names of the categories.
    private static let longNames = [
        "letter": "l", "uppercaseletter": "lu", "lowercaseletter": "ll", "titlecaseletter": "lt",
        "modifierletter": "lm", "otherletter": "lo", "mark": "m", "combiningmark": "m", "nonspacingmark": "mn",
        "spacingmark": "mc", "enclosingmark": "me", "number": "n", "decimalnumber": "nd", "digit": "nd",
        "letternumber": "nl", "othernumber": "no", "punctuation": "p", "punct": "p", "connectorpunctuation": "pc",
        "dashpunctuation": "pd", "openpunctuation": "ps", "closepunctuation": "pe", "initialpunctuation": "pi",
        "finalpunctuation": "pf", "otherpunctuation": "po", "symbol": "s", "mathsymbol": "sm",
        "currencysymbol": "sc", "modifiersymbol": "sk", "othersymbol": "so", "separator": "z",
        "spaceseparator": "zs", "lineseparator": "zl", "paragraphseparator": "zp", "other": "c", "control": "cc",
        "cntrl": "cc", "format": "cf", "privateuse": "co", "surrogate": "cs",
    ]

    /// General categories by their two letters in lower case, read from the standard library's tables on first use.
    private static let categories: [String: ScalarSet] = {
        var runs: [String: [ClosedRange<UInt32>]] = [:]
        var start: UInt32 = 0
        var current: Unicode.GeneralCategory?
        for value in 0...(ScalarSet.highest + 1) {
            let category = value > ScalarSet.highest ? nil : Unicode.Scalar(value)?.properties.generalCategory
            if category == current, value <= ScalarSet.highest { continue }
            if let current, let name = names[current] { runs[name, default: []].append(start...(value - 1)) }
            start = value
            current = category
        }
        runs["cs"] = [0xd800...0xdfff]
        return runs.mapValues { ScalarSet($0) }
    }()

    private static let names: [Unicode.GeneralCategory: String] = [
        .uppercaseLetter: "lu", .lowercaseLetter: "ll", .titlecaseLetter: "lt", .modifierLetter: "lm",
        .otherLetter: "lo", .nonspacingMark: "mn", .spacingMark: "mc", .enclosingMark: "me",
        .decimalNumber: "nd", .letterNumber: "nl", .otherNumber: "no", .connectorPunctuation: "pc",
        .dashPunctuation: "pd", .openPunctuation: "ps", .closePunctuation: "pe", .initialPunctuation: "pi",
        .finalPunctuation: "pf", .otherPunctuation: "po", .mathSymbol: "sm", .currencySymbol: "sc",
        .modifierSymbol: "sk", .otherSymbol: "so", .spaceSeparator: "zs", .lineSeparator: "zl",
        .paragraphSeparator: "zp", .control: "cc", .format: "cf", .privateUse: "co",
    ]
}
