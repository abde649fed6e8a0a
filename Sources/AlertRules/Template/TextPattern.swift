import PromQL

/// An unanchored regular expression, for templates' `match` and `reReplaceAll` and the names of tests, over
/// PromQL's linear-time engine, which matches whole texts only.
struct TextPattern {
    private let search: LinearRegex
    /// Groups: what stands before the leftmost match, the match, the rest.
    let pattern: String
    private let whole: LinearRegex

    /// Texts longer than this are not replaced in: every match costs a pass over the rest.
    static let maxReplacedBytes = 64 << 10
    private static let maxMatches = 10_000
    /// How long a text may get by replacing; a template's whole output is bounded as well.
    static let maxWrittenBytes = 256 << 10
    /// Steps of the machine, each about ten nanoseconds, over all matches: each one takes the rest's length times the
    /// program's.
    private static let maxSteps = 20_000_000

    /// Throws ``RegexError``.
    init(_ pattern: String) throws(RegexError) {
        self.pattern = pattern
        whole = try LinearRegex(pattern, dotMatchesNewline: false)
        search = try LinearRegex("((?s:.*?))((?:" + pattern + "))(?s:.*)", dotMatchesNewline: false)
    }

    /// Whether the pattern matches somewhere in the text.
    func isFound(in text: String) -> Bool { search.matches(text) }

    /// Go's `ReplaceAllString`: all matches that don't overlap, `$1` and `${name}` filled in; nil when the text, the
    /// work or the result is too large.
    func replacingAll(in text: String, with template: String) -> String? {
        guard text.utf8.count <= TextPattern.maxReplacedBytes else { return nil }
        var out = ""
        var rest = Substring(text)
        var isAfterMatch = false
        var steps = 0
        for _ in 0..<TextPattern.maxMatches {
            steps += cost(of: rest, in: text)
            if steps > TextPattern.maxSteps || out.utf8.count > TextPattern.maxWrittenBytes { return nil }
            guard let (before, match) = next(in: rest, of: text) else { return out + rest }
            out += before
            rest = rest.dropFirst(before.count + match.count)
            let isEmptyAgain = match.isEmpty && before.isEmpty && isAfterMatch
            if !isEmptyAgain {
                let room = TextPattern.maxWrittenBytes - out.utf8.count
                out += whole.expand(template, in: match, stoppingBeyond: max(0, room)) ?? template
            }
            isAfterMatch = !match.isEmpty
            if match.isEmpty {
                guard let character = rest.popFirst() else { return out }
                out.append(character)
            }
        }
        return nil
    }

    /// The leftmost match in what is left of the text; the text before it counts for `^` and `\b`.
    private func next(in rest: Substring, of text: String) -> (before: String, match: String)? {
        let done = text[..<rest.startIndex]
        guard readsContext, !done.isEmpty else { return split(search.captures(in: String(rest))) }
        let literal =
            "\\Q" + done.split(separator: "\\E", omittingEmptySubsequences: false).joined(separator: "\\E\\\\E\\Q")
        let anchored = try? LinearRegex(
            literal + "\\E((?s:.*?))((?:" + pattern + "))(?s:.*)", dotMatchesNewline: false)
        return split(anchored?.captures(in: text))
    }

    private func cost(of rest: Substring, in text: String) -> Int {
        let program = search.instructionCount
        guard readsContext, rest.startIndex > text.startIndex else { return rest.utf8.count * program }
        // What was read before is compiled anew, and read.
        let done = text.utf8.count - rest.utf8.count
        return rest.utf8.count * program + done * 20
    }

    private var readsContext: Bool {
        pattern.contains("^") || pattern.contains("\\A") || pattern.contains("\\b") || pattern.contains("\\B")
    }

    private func split(_ groups: [String?]?) -> (before: String, match: String)? {
        guard let groups, groups.count > 2, let before = groups[1], let match = groups[2] else { return nil }
        return (before, match)
    }
}
