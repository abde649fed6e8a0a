extension LineScanner {
    /// What a line that starts with `#` says; nil for a comment of the classic format.
    mutating func metadata() throws(ExpositionError) -> ExpositionEvent? {
        advance()
        if isStrict { try separator() } else { skipBlanks() }
        let start = position
        let keyword = String(decoding: name(allowsColon: false), as: UTF8.self)
        switch keyword {
        case "HELP":
            let family = try familyName()
            return .help(family, try help())
        case "TYPE":
            let family = try familyName()
            return .kind(family, try kind())
        case "UNIT" where isStrict:
            let family = try familyName()
            return .unit(family, try unit())
        case "EOF" where isStrict:
            guard isAtEnd else { throw failure("unexpected text after EOF") }
            return .endOfFile
        default:
            guard !isStrict else { throw failure(at: start, "expected HELP, TYPE, UNIT or EOF") }
            return nil
        }
    }

    private mutating func familyName() throws(ExpositionError) -> String {
        if !isStrict, byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t") { throw failure("expected a metric name") }
        try separator()
        let bytes = name(allowsColon: true)
        guard !bytes.isEmpty else { throw failure("expected a metric name") }
        return String(decoding: bytes, as: UTF8.self)
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
        let bytes = rest()
        return bytes.contains(UInt8(ascii: "\\"))
            ? try unescaped(bytes, quotes: isStrict) : try text(bytes, likely: nil)
    }

    private mutating func kind() throws(ExpositionError) -> MetricKind {
        try separator()
        let start = position
        let word = String(decoding: token(), as: UTF8.self)
        skipBlanks()
        guard isAtEnd else { throw failure("unexpected text after the type") }
        if isStrict, let kind = MetricKind(rawValue: word) { return kind }
        if !isStrict {
            if word == "untyped" || word == "unknown" { return .unknown }
            let classic: [MetricKind] = [.counter, .gauge, .histogram, .summary]
            if let kind = MetricKind(rawValue: word), classic.contains(kind) { return kind }
        }
        throw failure(at: start, "unknown metric type \"\(word.prefix(32))\"")
    }

    private mutating func unit() throws(ExpositionError) -> String {
        try separator()
        let start = position
        let unit = String(decoding: name(allowsColon: true), as: UTF8.self)
        guard isAtEnd else { throw failure(at: start, "the unit is not a word") }
        return unit
    }
}
