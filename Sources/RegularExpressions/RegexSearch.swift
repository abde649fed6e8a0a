import Locking

/// A regular expression in RE2's syntax that is looked for anywhere in a run of bytes, in linear time and without
/// allocating where nothing is found.
///
/// The bytes need not be valid UTF-8: what is invalid matches nothing, not even `.`, and separates.
public struct RegexSearch: Sendable {
    /// The pattern as it was written.
    public let pattern: String
    /// Groups in brackets.
    public var groupCount: Int { program.groupCount - 1 }
    private let program: RegexProgram
    /// Finds what the pattern without borders of words and lines would: where that is nothing, there is no match.
    private let automaton: LazyAutomaton
    private let hasBorders: Bool

    /// Compiles a pattern; `.` doesn't match a newline unless the pattern says `(?s)`.
    ///
    /// - Throws: ``RegexError`` as ``LinearRegex/init(_:dotMatchesNewline:capturing:)`` does.
    public init(_ pattern: String) throws(RegexError) {
        self.pattern = pattern
        var parser = RegexParser(pattern, dotMatchesNewline: false)
        let node = try parser.parse()
        let groupCount = parser.groupNames.count
        func compile() throws(RegexError) -> (RegexProgram, LazyAutomaton?, Bool) {
            let program = try RegexProgram(node, groupCount: groupCount, keepsCaptures: true, pattern: pattern)
            let plain = node.withoutCaptures
            let bare = plain.withoutBorders
            let loose = try RegexProgram(bare, groupCount: 1, keepsCaptures: false, pattern: pattern)
            return (program, LazyAutomaton(loose, searches: true), bare != plain)
        }
        let parts: (RegexProgram, LazyAutomaton?, Bool)
        if parser.deepest < RegexParser.levelsOnCallersStack {
            parts = try compile()
        } else {
            guard let outcome = DeepStack.run(compile) else {
                throw RegexError(reason: "expression nests too deeply", fragment: pattern)
            }
            parts = try outcome.get()
        }
        guard let automaton = parts.1 else { throw RegexError(reason: RegexError.tooLarge, fragment: pattern) }
        (program, self.automaton, hasBorders) = (parts.0, automaton, parts.2)
    }

    /// Whether the pattern matches somewhere in the bytes.
    public func isFound(in bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.withMemoryRebound(to: UInt8.self) { text in
            guard automaton.matches(text) else { return false }
            guard hasBorders else { return true }
            var machine = PikeMachine(program)
            switch machine.search(text, from: 0, maxSteps: .max) {
            case .match: return true
            case .nothing, .exhausted: return false
            }
        }
    }

    /// Whether the pattern may match: false is certain, true only where it has no borders of words or lines. Costs a few
    /// instructions a byte.
    public func mayBeFound(in bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.withMemoryRebound(to: UInt8.self) { automaton.matches($0) }
    }

    /// Calls `body` for every match that doesn't overlap the one before, from left to right, with the bounds of the whole
    /// match and of its groups; a group that took no part is nil.
    ///
    /// - Returns: false where finding them all would take longer than a few passes over the bytes, as after a match with
    ///   a long look ahead again and again. What `body` was called for until then are matches.
    public func forEachMatch(in bytes: UnsafeRawBufferPointer, _ body: ([Range<Int>?]) -> Void) -> Bool {
        bytes.withMemoryRebound(to: UInt8.self) { text in
            guard automaton.matches(text) else { return true }
            var machine = PikeMachine(program)
            let (steps, isBeyond) = (text.count + 16).multipliedReportingOverflow(
                by: 8 * (program.instructions.count + 8))
            var place = 0
            while place <= text.count {
                switch machine.search(text, from: place, maxSteps: isBeyond ? .max : steps) {
                case .nothing: return true
                case .exhausted: return false
                case .match(let slots):
                    body(ranges(slots))
                    place = slots[1] > slots[0] ? slots[1] : slots[1] + 1
                }
            }
            return true
        }
    }

    private func ranges(_ slots: [Int]) -> [Range<Int>?] {
        (0..<program.groupCount).map { group in
            let (low, high) = (slots[group * 2], slots[group * 2 + 1])
            return low < 0 || high < low ? nil : low..<high
        }
    }
}
