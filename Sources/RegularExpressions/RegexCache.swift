import Locking

/// Compiled patterns of matchers, for whoever parses many expressions that repeat them, as rule files do.
///
/// Its size is bounded: when it is full it is forgotten and filled anew.
public final class RegexCache: Sendable {
    /// Instructions kept together, of up to 100 bytes each, and bytes of patterns.
    private static let maxSize = 200_000

    private struct Kept: Sendable {
        var patterns: [String: LinearRegex] = [:]
        var size = 0
    }

    private let kept = Locked(Kept())

    /// An empty one.
    public init() {}

    /// The pattern, compiled for matching only.
    package func regex(_ pattern: String) throws(RegexError) -> LinearRegex {
        // Strings are also equal when only their normal forms are.
        if let known = kept.withLock({ $0.patterns[pattern] }), known.pattern.utf8.elementsEqual(pattern.utf8) {
            return known
        }
        let regex = try LinearRegex(pattern, capturing: false)
        let size = regex.instructionCount + pattern.utf8.count
        kept.withLock { kept in
            if kept.size + size > RegexCache.maxSize { kept = Kept() }
            if size > RegexCache.maxSize { return }
            kept.size += size
            kept.patterns[pattern] = regex
        }
        return regex
    }
}
