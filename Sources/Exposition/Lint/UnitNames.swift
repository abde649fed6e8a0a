/// Which words in a metric's name are units, and which base unit stands for them.
enum UnitNames {
    /// Units without prefix, and the base unit to use.
    private static let bases: [String: String] = {
        var bases: [String: String] = [:]
        // Base units, and Celsius, which thermometers tell; both spellings of the metre.
        for unit in [
            "amperes", "bytes", "celsius", "grams", "joules", "kelvin", "meters", "metres", "seconds", "volts",
        ] { bases[unit] = unit }
        for unit in ["minutes", "hours", "days", "weeks"] { bases[unit] = "seconds" }
        for unit in ["fahrenheit", "rankine"] { bases[unit] = "celsius" }
        for unit in ["inches", "yards", "miles"] { bases[unit] = "meters" }
        for unit in ["pounds", "ounces"] { bases[unit] = "grams" }
        bases["kelvins"] = "kelvin"
        bases["bits"] = "bytes"
        bases["calories"] = "joules"
        return bases
    }()

    /// SI prefixes and those of powers of 1024.
    private static let prefixes = [
        "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "mega", "giga", "tera", "peta",
        "kibi", "mebi", "gibi", "tebi", "pebi",
    ]

    /// The base unit that should stand instead of `word`; nil when `word` is one, or no unit at all.
    static func base(insteadOf word: Substring) -> String? {
        if let base = bases[String(word)] { return base == word ? nil : base }
        for prefix in prefixes where word.hasPrefix(prefix) {
            if let base = bases[String(word.dropFirst(prefix.count))] { return base }
        }
        return nil
    }

    /// What an abbreviation may mean; nil when `word` is none.
    static func meanings(ofAbbreviation word: Substring) -> String? {
        switch word {
        case "s", "ms", "us", "ns", "sec", "h", "d": "seconds"
        case "b", "kb", "mb", "gb", "tb", "pb": "bytes"
        case "m": "seconds or meters"
        default: nil
        }
    }
}
