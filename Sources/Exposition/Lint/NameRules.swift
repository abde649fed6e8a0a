/// The rules that judge a family by its name and type alone; each is a pure function.
enum NameRules {
    /// Everything that is wrong with this name for this type.
    static func findings(_ name: String, _ kind: MetricKind) -> [LintFinding] {
        baseUnits(name) + total(name, kind) + reservedSuffix(name, kind) + typeInName(name) + colon(name)
            + snakeCase(name) + abbreviations(name)
    }

    private static func baseUnits(_ name: String) -> [LintFinding] {
        name.parts.compactMap { word in
            UnitNames.base(insteadOf: word).map { base in
                LintFinding(
                    .baseUnit, "the unit \"\(word)\" is not a base unit",
                    "convert to \(base): \(renamed(name, word, to: base))")
            }
        }.unique
    }

    private static func total(_ name: String, _ kind: MetricKind) -> [LintFinding] {
        switch (kind, name.hasSuffix("_total")) {
        case (.counter, false):
            [LintFinding(.counterTotal, "a counter's name ends in \"_total\"", "name it \(name)_total")]
        case (.counter, true), (.unknown, _), (_, false):
            []
        case (_, true):
            [
                LintFinding(
                    .totalSuffix, "only a counter's name ends in \"_total\"",
                    "name it \(name.dropLast(6)), or make it a counter")
            ]
        }
    }

    private static func reservedSuffix(_ name: String, _ kind: MetricKind) -> [LintFinding] {
        let reserved: [String]
        switch kind {
        case .histogram, .gaugehistogram, .unknown: reserved = []
        case .summary: reserved = ["_bucket"]
        case .counter, .gauge, .info, .stateset: reserved = ["_bucket", "_count", "_sum"]
        }
        return reserved.filter(name.hasSuffix).map { suffix in
            LintFinding(
                .reservedSuffix,
                "\"\(suffix)\" is the ending of a \(suffix == "_bucket" ? "" : "summary's or ")histogram's samples",
                "name it \(name.dropLast(suffix.count))")
        }
    }

    private static func typeInName(_ name: String) -> [LintFinding] {
        name.lowercased().parts.dropFirst().compactMap { word in
            guard ["counter", "gauge", "histogram", "summary", "gaugehistogram", "stateset"].contains(word) else {
                return nil
            }
            let rest = name.parts.enumerated().filter { $0.offset == 0 || $0.element.lowercased() != word }
            let shorter = rest.map(\.element).joined(separator: "_")
            return LintFinding(.typeInName, "the name tells the type \"\(word)\"", "name it \(shorter)")
        }.unique
    }

    private static func colon(_ name: String) -> [LintFinding] {
        guard name.utf8.contains(UInt8(ascii: ":")) else { return [] }
        let renamed = String(name.map { $0 == ":" ? "_" : $0 })
        return [LintFinding(.colon, "\":\" is kept for recording rules", "name it \(renamed)")]
    }

    private static func snakeCase(_ name: String) -> [LintFinding] {
        guard name.isCamelCase else { return [] }
        return [LintFinding(.metricCase, "the name is written in camelCase", "name it \(name.snakeCased)")]
    }

    private static func abbreviations(_ name: String) -> [LintFinding] {
        name.lowercased().parts.dropFirst().compactMap { word in
            UnitNames.meanings(ofAbbreviation: word).map { meanings in
                LintFinding(
                    .abbreviatedUnit, "the unit \"\(word)\" is abbreviated", "convert to \(meanings), written out")
            }
        }.unique
    }

    private static func renamed(_ name: String, _ word: Substring, to base: String) -> String {
        name.parts.map { $0 == word ? base : String($0) }.joined(separator: "_")
    }
}

extension String {
    /// What stands between the underscores.
    fileprivate var parts: [Substring] { split(separator: "_", omittingEmptySubsequences: false) }

    /// True when an upper-case letter follows a lower-case one.
    var isCamelCase: Bool {
        zip(utf8, utf8.dropFirst()).contains { String.isHump($0, $1) }
    }

    /// With `_` and a lower-case letter where ``isCamelCase`` saw an upper-case one.
    var snakeCased: String {
        var result: [UInt8] = []
        for byte in utf8 {
            if let last = result.last, String.isHump(last, byte) { result.append(UInt8(ascii: "_")) }
            result.append(byte)
        }
        return String(decoding: result, as: UTF8.self).lowercased()
    }

    private static func isHump(_ left: UInt8, _ right: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(left)
            && (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(right)
    }
}

extension [LintFinding] {
    /// Each once, in order.
    fileprivate var unique: [LintFinding] {
        reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
