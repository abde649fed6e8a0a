import Locking

/// A regular expression in RE2's syntax, matched against whole texts in linear time and bounded memory.
///
/// As in Prometheus 3 the pattern is anchored at both ends and `.` matches a newline, `^(?s:pattern)$`. Fixed
/// strings, alternations of them, prefixes and suffixes are compared directly; the rest runs on a lazily built
/// automaton, and on Pike's machine where groups are wanted or word and line borders appear.
public struct LinearRegex: Sendable {
    /// The pattern as it was written.
    public let pattern: String
    private let compiled: Compiled
    private let groupNames: [String?]
    private let parseWork: Int

    private var shortcut: RegexShortcut? { compiled.shortcut }
    private var automaton: LazyAutomaton? { compiled.automaton }
    private var program: RegexProgram { compiled.program }

    /// Compiles a pattern.
    ///
    /// - Parameters:
    ///   - dotMatchesNewline: false for Prometheus 2's rule.
    ///   - capturing: false where only ``matches(_:)`` is asked; groups are then plain brackets and not limited.
    /// - Throws: ``RegexError`` for wrong syntax, nesting beyond 200, repeat counts beyond 1,000, programs beyond
    ///   100,000 instructions or made of more than 400,000 ranges, and more than 1,000,000 instructions multiplied by
    ///   the number of groups.
    public init(_ pattern: String, dotMatchesNewline: Bool = true, capturing: Bool = true) throws(RegexError) {
        self.pattern = pattern
        var parser = RegexParser(pattern, dotMatchesNewline: dotMatchesNewline)
        let node = try parser.parse()
        groupNames = capturing ? parser.groupNames : [nil]
        let groupCount = capturing ? groupNames.count : nil
        func compile() throws(RegexError) -> Compiled { try Compiled(node, groupCount: groupCount, pattern: pattern) }
        parseWork = parser.work
        if parser.deepest < RegexParser.levelsOnCallersStack {
            compiled = try compile()
        } else {
            guard let outcome = DeepStack.run(compile) else {
                throw RegexError(reason: "expression nests too deeply", fragment: pattern)
            }
            compiled = try outcome.get()
        }
    }

    private struct Compiled: Sendable {
        let shortcut: RegexShortcut?
        let automaton: LazyAutomaton?
        let program: RegexProgram

        /// Without a number of groups, for matching only.
        init(_ node: RegexNode, groupCount: Int?, pattern: String) throws(RegexError) {
            let plain = node.withoutCaptures
            func plainProgram() throws(RegexError) -> RegexProgram {
                try RegexProgram(plain, groupCount: 1, keepsCaptures: false, pattern: pattern)
            }
            if let groupCount {
                program = try RegexProgram(node, groupCount: groupCount, keepsCaptures: true, pattern: pattern)
            } else {
                program = try plainProgram()
            }
            shortcut = RegexShortcut(plain)
            if shortcut == nil {
                automaton = LazyAutomaton(groupCount == nil ? program : try plainProgram())
            } else {
                automaton = nil
            }
        }
    }

    /// The strings the pattern stands for, where it is nothing but an alternation of a few.
    public var alternatives: [String]? {
        if case .literals(let list, _)? = shortcut { return list }
        return nil
    }

    /// How large the compiled pattern is, or, where that is more, how much was read and compiled for it.
    package var instructionCount: Int { max(program.instructions.count, program.work, parseWork) }

    /// What ``captures(in:)`` may cost for each byte of a text: every instruction may hold a thread with all its groups.
    package var captureWork: Int {
        let (work, isBeyond) = program.instructions.count.multipliedReportingOverflow(by: 1 + groupNames.count / 2)
        return isBeyond ? .max : work
    }

    /// Whether the whole text matches.
    public func matches(_ text: String) -> Bool {
        if let shortcut { return shortcut.matches(text) }
        var text = text
        return text.withUTF8 { bytes in
            if let automaton { return automaton.matches(bytes) }
            var machine = PikeMachine(program)
            return machine.match(bytes, wantsSlots: false) != nil
        }
    }

    /// What the groups caught, the whole text first; nil when it doesn't match. A group that took no part is nil.
    public func captures(in text: String) -> [String?]? {
        var text = text
        return text.withUTF8 { bytes in
            var machine = PikeMachine(program)
            guard let slots = machine.match(bytes, wantsSlots: true) else { return nil }
            return groups(slots, bytes)
        }
    }

    /// Replaces every match that doesn't overlap the one before by a template (Go's `ReplaceAllString`); here the
    /// pattern is not anchored.
    ///
    /// - Parameters:
    ///   - maxSteps: of the machine, each about ten nanoseconds.
    ///   - maxBytes: how long the result may get.
    /// - Returns: nil where a limit is reached.
    package func replacingAll(in text: String, with template: String, maxSteps: Int, maxBytes: Int) -> String? {
        var text = text
        return text.withUTF8 { bytes in
            var machine = PikeMachine(program)
            var out: [UInt8] = []
            var copied = 0
            var place = 0
            scan: while place <= bytes.count {
                switch machine.search(bytes, from: place, maxSteps: maxSteps) {
                case .exhausted: return nil
                case .nothing: break scan
                case .match(let slots):
                    out += bytes[copied..<slots[0]]
                    // Nothing, right behind a match, isn't one.
                    if slots[1] > copied || slots[0] == 0 {
                        let room = maxBytes - out.count
                        out += expand(template, groups(slots, bytes), stoppingBeyond: max(0, room)).utf8
                    }
                    if out.count > maxBytes { return nil }
                    copied = slots[1]
                    place = copied > place ? copied : LinearRegex.scalar(after: place, bytes)
                }
            }
            out += bytes[copied...]
            return String(decoding: out, as: UTF8.self)
        }
    }

    private static func scalar(after place: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var next = place + 1
        while next < bytes.count, bytes[next] & 0xc0 == 0x80 { next += 1 }
        return next
    }

    private func groups(_ slots: [Int], _ bytes: UnsafeBufferPointer<UInt8>) -> [String?] {
        (0..<groupNames.count).map { group in
            let (low, high) = (slots[group * 2], slots[group * 2 + 1])
            return low < 0 || high < low ? nil : String(decoding: bytes[low..<high], as: UTF8.self)
        }
    }

    /// Fills a template with what the groups caught: `$1`, `${1}`, `$name`, `${name}`, `$$` (Go's `Expand`).
    ///
    /// - Returns: nil when the text doesn't match.
    public func expand(_ template: String, in text: String) -> String? {
        expand(template, in: text, stoppingBeyond: .max)
    }

    /// The same, but what is longer than the limit in bytes may end anywhere beyond it.
    package func expand(_ template: String, in text: String, stoppingBeyond limit: Int) -> String? {
        captures(in: text).map { expand(template, $0, stoppingBeyond: limit) }
    }

    private func expand(_ template: String, _ groups: [String?], stoppingBeyond limit: Int) -> String {
        var out = ""
        var rest = Substring(template)
        while out.utf8.count <= limit, let dollar = rest.firstIndex(of: "$") {
            out += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                out += "$"
                rest.removeFirst()
            } else if let name = LinearRegex.takeName(&rest) {
                out += value(name, groups)
            } else {
                out += "$"
            }
        }
        return out + rest
    }

    private static func takeName(_ rest: inout Substring) -> Substring? {
        func isNamePart(_ character: Character) -> Bool {
            character == "_" || character.isLetter || character.isNumber
        }
        if rest.first == "{" {
            guard let end = rest.firstIndex(of: "}") else { return nil }
            let name = rest[rest.index(after: rest.startIndex)..<end]
            guard !name.isEmpty, name.allSatisfy(isNamePart) else { return nil }
            rest = rest[rest.index(after: end)...]
            return name
        }
        let name = rest.prefix(while: isNamePart)
        rest = rest.dropFirst(name.count)
        return name.isEmpty ? nil : name
    }

    private func value(_ name: Substring, _ groups: [String?]) -> String {
        if let number = Int(name) { return number < groups.count ? groups[number] ?? "" : "" }
        guard let place = groupNames.firstIndex(of: String(name)) else { return "" }
        return groups[place] ?? ""
    }

    /// Machine steps that a match without automaton takes; for the test of linear time.
    func machineSteps(_ text: String) -> Int {
        var text = text
        return text.withUTF8 { bytes in
            var machine = PikeMachine(program)
            _ = machine.match(bytes, wantsSlots: false)
            return machine.steps
        }
    }
}
