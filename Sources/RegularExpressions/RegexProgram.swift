/// Instructions of a machine that reads UTF-8 bytes.
struct RegexProgram: Sendable {
    enum Instruction: Sendable {
        case bytes(ClosedRange<UInt8>, next: Int)
        /// Tries `first` before `second`.
        case split(first: Int, second: Int)
        case save(slot: Int, next: Int)
        case assertion(RegexNode.Assertion, next: Int)
        case match
        case fail
    }

    static let maxInstructions = 100_000
    /// Parts and ranges of scalars that are read, or compiled; some share their instructions or need none.
    static let maxWork = 4 * maxInstructions
    /// Groups times instructions, which bounds the places that ``PikeMachine`` keeps.
    static let maxGroupPlaces = 1_000_000

    private(set) var instructions: [Instruction] = []
    /// Parts and ranges of scalars that were compiled.
    private(set) var work = 0
    private(set) var start = 0
    let groupCount: Int
    private let keepsCaptures: Bool
    private var shared: [Shared: Int] = [:]

    /// A step over a range of bytes, or, with -1 as low, a choice.
    private struct Shared: Hashable {
        let low: Int
        let high: Int
        let next: Int
    }

    /// Compiles from the back: every node knows where it goes on.
    init(_ node: RegexNode, groupCount: Int, keepsCaptures: Bool, pattern: String) throws(RegexError) {
        self.groupCount = groupCount
        self.keepsCaptures = keepsCaptures
        let match = try emit(.match, pattern)
        start = try compile(node, match, pattern)
        shared = [:]
        if keepsCaptures, groupCount * instructions.count > RegexProgram.maxGroupPlaces {
            throw RegexError(reason: RegexError.tooManyGroups, fragment: pattern)
        }
    }

    private mutating func count(_ amount: Int, _ pattern: String) throws(RegexError) {
        work += amount
        if work > RegexProgram.maxWork { throw RegexError(reason: RegexError.tooLarge, fragment: pattern) }
    }

    private mutating func emit(_ instruction: Instruction, _ pattern: String) throws(RegexError) -> Int {
        if instructions.count >= RegexProgram.maxInstructions {
            throw RegexError(reason: RegexError.tooLarge, fragment: pattern)
        }
        instructions.append(instruction)
        return instructions.count - 1
    }

    private mutating func compile(_ node: RegexNode, _ next: Int, _ pattern: String) throws(RegexError) -> Int {
        try count(1, pattern)
        switch node {
        case .empty: return next
        case .set(let set): return try compile(set, next, pattern)
        case .assertion(let assertion): return try emit(.assertion(assertion, next: next), pattern)
        case .concatenation(let parts):
            var target = next
            for part in parts.reversed() { target = try compile(part, target, pattern) }
            return target
        case .alternation(let parts):
            guard let last = parts.last else { return next }
            var target = try compile(last, next, pattern)
            for part in parts.dropLast().reversed() {
                let first = try compile(part, next, pattern)
                target = try emit(.split(first: first, second: target), pattern)
            }
            return target
        case .capture(let index, let inner):
            if !keepsCaptures { return try compile(inner, next, pattern) }
            let close = try emit(.save(slot: index * 2 + 1, next: next), pattern)
            return try emit(.save(slot: index * 2, next: try compile(inner, close, pattern)), pattern)
        case .repetition(let inner, let least, let most, let isGreedy):
            return try compileRepetition(inner, least, most, isGreedy, next, pattern)
        }
    }

    private mutating func compile(_ set: ScalarSet, _ next: Int, _ pattern: String) throws(RegexError) -> Int {
        try count(set.ranges.count - 1, pattern)
        return try compile(set.ranges.flatMap(UTF8Ranges.sequences)[...], at: 0, next, pattern)
    }

    /// Sequences of byte ranges, in ascending order, as a tree: those that begin alike share their beginning.
    private mutating func compile(
        _ sequences: ArraySlice<[ClosedRange<UInt8>]>, at depth: Int, _ next: Int, _ pattern: String
    ) throws(RegexError) -> Int {
        var target: Int?
        var end = sequences.endIndex
        while end > sequences.startIndex {
            let first = sequences[end - 1][depth]
            var start = end - 1
            while start > sequences.startIndex, sequences[start - 1][depth] == first { start -= 1 }
            let isLast = sequences[end - 1].count == depth + 1
            let rest = isLast ? next : try compile(sequences[start..<end], at: depth + 1, next, pattern)
            let entry = try step(first, rest, pattern)
            target = if let target { try fork(entry, target, pattern) } else { entry }
            end = start
        }
        if let target { return target }
        return try emit(.fail, pattern)
    }

    /// Equal steps to the same place are one instruction, which keeps large classes small.
    private mutating func step(
        _ bytes: ClosedRange<UInt8>, _ next: Int, _ pattern: String
    ) throws(RegexError) -> Int {
        let key = Shared(low: Int(bytes.lowerBound), high: Int(bytes.upperBound), next: next)
        if let known = shared[key] { return known }
        let place = try emit(.bytes(bytes, next: next), pattern)
        shared[key] = place
        return place
    }

    /// As ``step(_:_:_:)``, for a choice between two places.
    private mutating func fork(_ first: Int, _ second: Int, _ pattern: String) throws(RegexError) -> Int {
        let key = Shared(low: -1, high: first, next: second)
        if let known = shared[key] { return known }
        let place = try emit(.split(first: first, second: second), pattern)
        shared[key] = place
        return place
    }

    private mutating func compileRepetition(
        _ inner: RegexNode, _ least: Int, _ most: Int?, _ isGreedy: Bool, _ next: Int, _ pattern: String
    ) throws(RegexError) -> Int {
        var target = next
        if let most {
            for _ in 0..<max(0, most - least) {
                let body = try compile(inner, target, pattern)
                target = try emit(split(body, next, isGreedy), pattern)
            }
        } else {
            let loop = try emit(.fail, pattern)
            let body = try compile(inner, loop, pattern)
            instructions[loop] = split(body, next, isGreedy)
            if least > 0 {
                target = body
                return try copies(inner, least - 1, target, pattern)
            }
            target = inner.matchesEmpty ? try emit(split(body, next, isGreedy), pattern) : loop
        }
        return try copies(inner, least, target, pattern)
    }

    private mutating func copies(
        _ inner: RegexNode, _ count: Int, _ next: Int, _ pattern: String
    ) throws(RegexError) -> Int {
        var target = next
        for _ in 0..<count { target = try compile(inner, target, pattern) }
        return target
    }

    private func split(_ body: Int, _ next: Int, _ isGreedy: Bool) -> Instruction {
        isGreedy ? .split(first: body, second: next) : .split(first: next, second: body)
    }

    /// Whether a place fulfils an assertion.
    static func holds(_ assertion: RegexNode.Assertion, _ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> Bool {
        let before = place > 0 ? text[place - 1] : nil
        let after = place < text.count ? text[place] : nil
        switch assertion {
        case .textStart: return before == nil
        case .textEnd: return after == nil
        case .lineStart: return before == nil || before == UInt8(ascii: "\n")
        case .lineEnd: return after == nil || after == UInt8(ascii: "\n")
        case .wordBoundary: return isWord(before) != isWord(after)
        case .noWordBoundary: return isWord(before) == isWord(after)
        }
    }

    private static func isWord(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return CharacterClasses.isWord(byte)
    }
}
