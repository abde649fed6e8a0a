/// Patterns that need no automaton.
enum RegexShortcut: Sendable {
    /// One of a few strings.
    case literals([String], Set<String>)
    /// `.*` between and around fixed parts: a prefix, a suffix, or a part in the middle; `least` more bytes.
    case prefix(String, needsMore: Bool)
    case suffix(String, needsMore: Bool)
    case contains(String)
    case anything
    case nonEmpty

    private static let maxLiterals = 256
    /// Bytes of all strings together, where there are several.
    static let maxBytes = 64 << 10

    init?(_ node: RegexNode) {
        if let literals = RegexShortcut.literals(node) {
            self = .literals(literals, Set(literals))
            return
        }
        var parts: [RegexNode]
        if case .concatenation(let inner) = node { parts = inner } else { parts = [node] }
        let head = RegexShortcut.wildcard(parts.first)
        let tail = RegexShortcut.wildcard(parts.last)
        if parts.count == 1, let head {
            self = head ? .nonEmpty : .anything
            return
        }
        if head != nil { parts.removeFirst() }
        if tail != nil { parts.removeLast() }
        guard let text = RegexShortcut.literals(.concatenation(parts)), text.count == 1, !text[0].isEmpty else {
            return nil
        }
        switch (head, tail) {
        case (nil, let needsMore?): self = .prefix(text[0], needsMore: needsMore)
        case (let needsMore?, nil): self = .suffix(text[0], needsMore: needsMore)
        case (false?, false?): self = .contains(text[0])
        default: return nil
        }
    }

    /// False for `.*`, true for `.+`, nil for everything else.
    private static func wildcard(_ node: RegexNode?) -> Bool? {
        guard case .repetition(.set(.everything), let least, nil, _)? = node, least < 2 else { return nil }
        return least == 1
    }

    /// The strings a node matches, where they are few.
    private static func literals(_ node: RegexNode) -> [String]? {
        switch node {
        case .empty: return [""]
        case .set(let set):
            guard let value = set.single, let scalar = Unicode.Scalar(value) else { return nil }
            return [String(scalar)]
        case .concatenation(let parts):
            return concatenated(parts)
        case .alternation(let parts):
            var out: [String] = []
            for part in parts {
                guard let next = literals(part), out.count + next.count <= maxLiterals else { return nil }
                out += next
            }
            return out
        default: return nil
        }
    }

    /// Parts that match just one string are joined first: appending each to every string would be quadratic.
    private static func concatenated(_ parts: [RegexNode]) -> [String]? {
        var out = [""]
        var run = ""
        for part in parts {
            guard let next = literals(part) else { return nil }
            if next.count == 1 {
                run += next[0]
                continue
            }
            guard let longer = product(out, [run]), let several = product(longer, next) else { return nil }
            (out, run) = (several, "")
        }
        return product(out, [run])
    }

    private static func product(_ heads: [String], _ tails: [String]) -> [String]? {
        let count = heads.count * tails.count
        if count > maxLiterals { return nil }
        func bytes(_ texts: [String]) -> Int { texts.reduce(0) { $0 + $1.utf8.count } }
        if count > 1, bytes(heads) * tails.count + bytes(tails) * heads.count > maxBytes { return nil }
        return heads.flatMap { head in tails.map { head + $0 } }
    }

    func matches(_ text: String) -> Bool {
        switch self {
        case .literals(let list, let set):
            // The set knows Unicode's equality only; Prometheus compares bytes.
            (list.count == 1 || set.contains(text)) && list.contains { $0.utf8.elementsEqual(text.utf8) }
        case .prefix(let prefix, let needsMore):
            text.utf8.starts(with: prefix.utf8) && (!needsMore || text.utf8.count > prefix.utf8.count)
        case .suffix(let suffix, let needsMore):
            text.utf8.reversed().starts(with: suffix.utf8.reversed())
                && (!needsMore || text.utf8.count > suffix.utf8.count)
        case .contains(let part): RegexShortcut.contains(Array(text.utf8), Array(part.utf8))
        case .anything: true
        case .nonEmpty: !text.isEmpty
        }
    }

    private static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        if part.count > text.count { return false }
        // Knuth, Morris and Pratt, so that no text makes it quadratic.
        var table = [Int](repeating: 0, count: part.count)
        var length = 0
        for place in 1..<max(1, part.count) {
            while length > 0, part[place] != part[length] { length = table[length - 1] }
            if part[place] == part[length] { length += 1 }
            table[place] = length
        }
        length = 0
        for byte in text {
            while length > 0, byte != part[length] { length = table[length - 1] }
            if byte == part[length] { length += 1 }
            if length == part.count { return true }
        }
        return false
    }
}
