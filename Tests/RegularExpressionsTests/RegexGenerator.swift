import TestSupport

/// Random patterns in RE2's syntax, right ones and wrong ones, with texts that they match or nearly match.
struct RegexGenerator {
    struct Case {
        var pattern: String
        var subjects: [String]
    }

    var random: SeededGenerator
    private var groups = 0

    init(random: SeededGenerator) { self.random = random }

    /// A part of a pattern with a text that it matches, assertions left aside.
    private typealias Part = (pattern: String, sample: String)

    mutating func next() -> Case {
        groups = 0
        var part = alternation(random.int(0...4))
        if random.oneIn(5) {
            part.pattern = "(?\(pick(["i", "s", "m", "U", "is", "im-s", "-s", "m-i"])))" + part.pattern
        }
        if random.oneIn(4) { part.pattern = damaged(part.pattern) }
        if random.oneIn(40) {
            let noise = Array("(){}[]|*+?.^$\\,0123456789-:=<>!PpQEabdDwWszAZxiU#&~ \n")
            part.pattern = String((0..<random.int(1...12)).map { _ in pick(noise) })
        }
        var subjects = ["", part.sample, part.sample + pick(["a", "\n", "é", "0"])]
        for _ in 0..<4 { subjects.append(damaged(part.sample)) }
        subjects += [part.sample.uppercased(), part.pattern]
        return Case(pattern: part.pattern, subjects: subjects)
    }

    private mutating func pick<T>(_ items: [T]) -> T { items[random.int(0...(items.count - 1))] }

    /// One or two characters left out, doubled, moved or replaced.
    private mutating func damaged(_ text: String) -> String {
        var scalars = Array(text.unicodeScalars)
        for _ in 0..<random.int(1...2) where !scalars.isEmpty {
            let place = random.int(0...(scalars.count - 1))
            switch random.int(0...3) {
            case 0: scalars.remove(at: place)
            case 1: scalars.insert(scalars[place], at: place)
            case 2: scalars.swapAt(place, random.int(0...(scalars.count - 1)))
            default: scalars[place] = pick(Array("abAB01_-.()[]{}*+?|\\^$,: \n日ſé".unicodeScalars))
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    // MARK: Grammar

    private mutating func alternation(_ depth: Int) -> Part {
        var part = concatenation(depth)
        while random.oneIn(4) {
            let other = random.oneIn(8) ? ("", "") : concatenation(depth)
            part = (part.pattern + "|" + other.0, random.oneIn(2) ? part.sample : other.1)
        }
        return part
    }

    private mutating func concatenation(_ depth: Int) -> Part {
        var part: Part = ("", "")
        for _ in 0..<random.int(1...3) {
            let next = repetition(depth)
            part = (part.pattern + next.pattern, part.sample + next.sample)
        }
        return part
    }

    private mutating func repetition(_ depth: Int) -> Part {
        let inner = atom(depth)
        guard random.oneIn(3) else { return inner }
        let (least, more) = (random.int(0...3), random.int(0...3))
        var (text, low, high) = ("", least, least + more)
        switch random.int(0...5) {
        case 0: (text, low, high) = ("*", 0, 3)
        case 1: (text, low, high) = ("+", 1, 3)
        case 2: (text, low, high) = ("?", 0, 1)
        case 3: (text, high) = ("{\(least)}", least)
        case 4: text = "{\(least),}"
        default: text = "{\(least),\(least + more)}"
        }
        if random.oneIn(5) { text += "?" }
        let sample = String(repeating: inner.sample, count: random.int(low...high))
        return (inner.pattern + text, String(sample.prefix(200)))
    }

    private mutating func atom(_ depth: Int) -> Part {
        switch random.int(0...(depth > 0 ? 15 : 9)) {
        case 0...4: return literal()
        case 5...7: return set()
        case 8: return (pick(["^", "$", "\\A", "\\z", "\\b", "\\B", "(?i)", "(?s)", "(?m)", "(?-i)", "(?U)"]), "")
        case 9:
            let text = pick(["a.b", "(x", "\\d", "é*", ""])
            return ("\\Q\(text)\\E", text)
        default: return group(depth - 1)
        }
    }

    private mutating func group(_ depth: Int) -> Part {
        let inner = alternation(depth)
        groups += 1
        let opening = pick([
            "(", "(", "(?:", "(?P<g\(groups)>", "(?<n\(groups)>", "(?i:", "(?s:", "(?m-s:", "(?U:", "(?-i:", "(?is:",
        ])
        return (opening + inner.pattern + ")", inner.sample)
    }

    private mutating func literal() -> Part {
        let scalar = pick(Array("abcabcxyzABKS019_-. é\u{df}\u{212a}\u{17f}σςΣ日😀\n\t/:".unicodeScalars))
        let text = String(scalar)
        switch random.int(0...9) {
        case 0: return ("\\x{\(String(scalar.value, radix: 16))}", text)
        case 1 where scalar.value < 256:
            let digits = String(scalar.value, radix: 16)
            return ("\\x\(digits.count < 2 ? "0" : "")\(digits)", text)
        case 2: return pick([("\\.", "."), ("\\*", "*"), ("\\n", "\n"), ("\\t", "\t"), ("\\012", "\n"), ("\\-", "-")])
        default: return (text == "." ? "\\." : text, text)
        }
    }

    private static let sets: [(pattern: String, samples: [String])] = [
        (".", ["a", "\n", "日"]), ("\\d", ["0", "7"]), ("\\D", ["a", "é"]), ("\\w", ["a", "_", "K"]),
        ("\\W", ["-", "é"]), ("\\s", [" ", "\n"]), ("\\S", ["x"]), ("\\pL", ["a", "é", "日"]), ("\\PL", ["1"]),
        ("\\p{Lu}", ["A", "É"]), ("\\P{Lu}", ["a"]), ("\\p{^Nd}", ["x"]), ("\\pN", ["1", "²"]), ("\\p{Greek}", ["σ"]),
        ("\\p{Han}", ["日"]), ("\\P{Latin}", ["1", "σ"]), ("[[:alpha:]]", ["a"]), ("[[:^digit:]]", ["x"]),
        ("[[:word:]\\-]", ["a", "-"]), ("[]a]", ["]", "a"]), ("[^]a]", ["b"]), ("[a-]", ["a", "-"]), ("[-a]", ["-"]),
        ("[^\\n]", ["a"]), ("[\\x41-\\x{5a}]", ["B"]), ("[\\d\\s]", ["1", " "]), ("[^\\D]", ["1"]),
        ("[\\pL\\d]", ["é"]), ("[^\\p{Greek}x]", ["a"]), ("[à-ÿ]", ["é"]), ("[a-zA-Z0-9_.]", ["a", "."]),
        ("[\\[\\]]", ["[", "]"]), ("[.*+]", ["*"]), ("[[:space:]]", ["\u{b}"]), ("[\\S\\n]", ["\n"]),
        ("[^a-c\\d]", ["d"]),
    ]

    private mutating func set() -> Part {
        if random.oneIn(3) {
            let letters = Array("abcdefxyz0123456789KkSs".unicodeScalars)
            let bounds = [pick(letters), pick(letters)].sorted()
            let isNegated = random.oneIn(4)
            return (
                "[\(isNegated ? "^" : "")\(bounds[0])-\(bounds[1])\(pick(letters))]", isNegated ? "-" : "\(bounds[0])"
            )
        }
        let set = pick(Self.sets)
        return (set.pattern, pick(set.samples))
    }
}
