import PromQL
import TimeSeries

/// Matchers that contradict each other or don't do what they seem to: `promql/impossible`, `promql/regex`,
/// `promql/equals-regex`.
enum SelectorChecks {
    static func run(_ scope: RuleScope, _ report: inout RuleReport) {
        for selector in scope.selectors {
            contradictions(selector, &report)
            for matcher in selector.matchers { judge(matcher, selector, &report) }
        }
    }

    private static func contradictions(_ selector: VectorSelector, _ report: inout RuleReport) {
        // Nobody writes as many by hand, and each is compared with each.
        let matchers = selector.matchers.prefix(500)
        for matcher in matchers where matcher.kind == .equal {
            let other = matchers.first { $0.name == matcher.name && !$0.matches(matcher.value) }
            if let other {
                let areValues = other.kind == .equal && !matcher.value.isEmpty && !other.value.isEmpty
                return report.add(
                    .impossible, at: selector.source,
                    "no series fulfils both `\(matcher)` and `\(other)`",
                    areValues ? "correct one of them, or use =~ \"a|b\"" : "correct one of them")
            }
        }
        if let never = selector.matchers.first(where: { $0.kind == .notRegex && matchesAll($0.value) }) {
            report.add(
                .impossible, at: selector.source, "`\(never)` refuses every value", "leave it out, or use =\"\"")
        }
    }

    private static func matchesAll(_ pattern: String) -> Bool { [".*", "(.*)", "^.*$"].contains(pattern) }

    private static func judge(_ matcher: LabelMatcher, _ selector: VectorSelector, _ report: inout RuleReport) {
        switch matcher.kind {
        case .equal, .notEqual:
            if looksLikeRegex(matcher.value) {
                report.add(
                    .equalsRegex, at: selector.source,
                    "`\(matcher)` compares with the very text, though it looks like a regular expression",
                    "use \(matcher.kind == .equal ? "=~" : "!~")")
            }
        case .regex, .notRegex:
            if let (reason, suggestion) = pattern(matcher) {
                report.add(.regex, at: selector.source, "`\(matcher)` \(reason)", suggestion)
            }
        }
    }

    /// Only what no sensible label value holds.
    private static func looksLikeRegex(_ value: String) -> Bool {
        // Nearly all values end here; searching for texts takes longer.
        if !value.utf8.contains(where: isSignOfPattern) { return false }
        if value.contains(".*") || value.contains(".+") || value.contains("[0-9]") || value.contains("\\d") {
            return true
        }
        if ["1..", "2..", "3..", "4..", "5.."].contains(value) { return true }
        let parts = value.split(separator: "|", omittingEmptySubsequences: false)
        return parts.count > 1 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isWord) }
    }

    private static func pattern(_ matcher: LabelMatcher) -> (reason: String, suggestion: String)? {
        let value = matcher.value
        let equals = matcher.kind == .regex ? "=" : "!="
        if matcher.kind == .regex, matchesAll(value) {
            return ("accepts every series, also those without the label", "leave it out, or use .+")
        }
        if value.hasPrefix("^") || (value.hasSuffix("$") && !value.hasSuffix("\\$")) {
            return ("has an anchor, but the expression always matches the whole value", "leave ^ and $ out")
        }
        let meta = Set(#"\.+*?()|[]{}^$"#.utf8)
        let used = value.utf8.filter(meta.contains)
        if used.isEmpty { return ("is no pattern", "use \(equals), which is cheaper") }
        if value.hasPrefix("|") || value.hasSuffix("|") || value.contains("||") {
            return ("has an empty alternative, which series without the label fulfil", "leave the stray | out")
        }
        if used.allSatisfy({ $0 == UInt8(ascii: "*") }) || isGlob(value) {
            return ("looks like a file pattern: the star repeats the character before it", "write .* for anything")
        }
        if used.allSatisfy({ $0 == UInt8(ascii: ".") }), dotsSeparateWords(value) {
            return ("has dots that match any character", "use \(equals), or write \\\\. for a dot")
        }
        return nil
    }

    /// `web-*`: a star behind a plain character at the end, and no other sign of a pattern.
    private static func isGlob(_ value: String) -> Bool {
        guard value.hasSuffix("*"), !value.hasSuffix(".*") else { return false }
        return value.utf8.dropLast().allSatisfy { isWord($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    }

    private static func dotsSeparateWords(_ value: String) -> Bool {
        let parts = value.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count > 2 && parts.allSatisfy { !$0.isEmpty }
    }

    private static func isSignOfPattern(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "["), UInt8(ascii: "\\"), UInt8(ascii: "|"): true
        default: false
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
}
