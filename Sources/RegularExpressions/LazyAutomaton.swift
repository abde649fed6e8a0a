import Locking

/// A deterministic automaton that is built while texts are read, within a bounded memory.
///
/// Programs with line or word assertions don't fit and are left to ``PikeMachine``. When the table is full it is
/// forgotten and built anew; a text then still costs at most its length times the program's size.
final class LazyAutomaton: Sendable {
    /// States kept before the table is forgotten.
    static let maxStates = 1000
    /// Instruction places kept over all states, about 4 MiB.
    static let maxPlaces = 500_000

    private struct Table: Sendable {
        var ids: [[Int32]: Int] = [:]
        var states: [[Int32]] = []
        var accepts: [Bool] = []
        /// Target of state × byte class; -1 not computed, -2 dead, -3 a match was found.
        var moves: [Int32] = []
        var places = 0
        var start = -1
        var walk: Walk

        init(instructions: Int) { walk = Walk(instructions) }
    }

    /// Memory for following instructions, used again and again.
    private struct Walk: Sendable {
        private var marks: [UInt32]
        private var generation: UInt32 = 0
        var stack: [Int32] = []
        var found: [Int32] = []

        init(_ size: Int) { marks = [UInt32](repeating: 0, count: size) }

        mutating func begin(_ starts: [Int32]) {
            stack = starts
            found.removeAll(keepingCapacity: true)
            generation &+= 1
            if generation == 0 { marks = [UInt32](repeating: 0, count: marks.count) }
        }

        mutating func mark(_ place: Int) -> Bool {
            if marks[place] == generation { return false }
            marks[place] = generation
            return true
        }
    }

    private let program: RegexProgram
    private let classes: [UInt8]
    private let classBytes: [UInt8]
    private let table: Locked<Table>
    /// Whether a match anywhere is looked for: one may begin at every byte, and the first that ends is enough.
    private let searches: Bool

    /// Nil when the program has assertions that depend on neighbouring bytes.
    init?(_ program: RegexProgram, searches: Bool = false) {
        for case .assertion(let assertion, _) in program.instructions
        where assertion != .textStart && assertion != .textEnd { return nil }
        self.program = program
        self.searches = searches
        table = Locked(Table(instructions: program.instructions.count))
        (classes, classBytes) = LazyAutomaton.byteClasses(program)
    }

    /// Bytes that no instruction tells apart share a class.
    private static func byteClasses(_ program: RegexProgram) -> (classes: [UInt8], first: [UInt8]) {
        var starts = [Bool](repeating: false, count: 257)
        starts[0] = true
        for case .bytes(let range, _) in program.instructions {
            starts[Int(range.lowerBound)] = true
            starts[Int(range.upperBound) + 1] = true
        }
        var classes: [UInt8] = []
        var first: [UInt8] = []
        for byte in 0..<256 {
            if starts[byte] { first.append(UInt8(byte)) }
            classes.append(UInt8(first.count - 1))
        }
        return (classes, first)
    }

    /// Whether the whole text matches, or, for one that searches, whether anything in it does.
    func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        table.withLock { table in
            if table.start < 0 { start(&table) }
            if searches, isMatch(table.states[table.start]) { return true }
            var state = table.start
            for byte in text {
                let kind = Int(classes[Int(byte)])
                var target = table.moves[state * classBytes.count + kind]
                if target == -1 { target = move(state, kind, &table) }
                if target < 0 { return target == -3 }
                state = Int(target)
            }
            return table.accepts[state]
        }
    }

    private func start(_ table: inout Table) {
        let places = closure([Int32(program.start)], atStart: true, atEnd: false, &table.walk)
        table.start = intern(places, atStart: true, &table)
    }

    private func move(_ state: Int, _ kind: Int, _ table: inout Table) -> Int32 {
        var targets: [Int32] = []
        for place in table.states[state] {
            if case .bytes(let range, let next) = program.instructions[Int(place)],
                range.contains(classBytes[kind])
            {
                targets.append(Int32(next))
            }
        }
        if searches { targets.append(Int32(program.start)) }
        if targets.isEmpty {
            table.moves[state * classBytes.count + kind] = -2
            return -2
        }
        let places = closure(targets, atStart: false, atEnd: false, &table.walk)
        if searches, isMatch(places) {
            table.moves[state * classBytes.count + kind] = -3
            return -3
        }
        if let known = table.ids[places] {
            table.moves[state * classBytes.count + kind] = Int32(known)
            return Int32(known)
        }
        if table.states.count >= LazyAutomaton.maxStates || table.places >= LazyAutomaton.maxPlaces {
            table = Table(instructions: program.instructions.count)
            start(&table)
            return Int32(intern(places, atStart: false, &table))
        }
        let target = intern(places, atStart: false, &table)
        table.moves[state * classBytes.count + kind] = Int32(target)
        return Int32(target)
    }

    private func intern(_ places: [Int32], atStart: Bool, _ table: inout Table) -> Int {
        if !atStart, let known = table.ids[places] { return known }
        let id = table.states.count
        let final = closure(places, atStart: atStart, atEnd: true, &table.walk)
        table.accepts.append(isMatch(final))
        table.states.append(places)
        table.moves.append(contentsOf: repeatElement(-1, count: classBytes.count))
        table.places += places.count
        // The start state resolves `^` differently, so it isn't shared with later ones.
        if !atStart { table.ids[places] = id }
        return id
    }

    private func isMatch(_ places: [Int32]) -> Bool {
        places.contains { place in
            if case .match = program.instructions[Int(place)] { return true }
            return false
        }
    }

    /// Places that read a byte, match, or wait for the end, reachable without reading; sorted.
    private func closure(_ starts: [Int32], atStart: Bool, atEnd: Bool, _ walk: inout Walk) -> [Int32] {
        walk.begin(starts)
        while let place = walk.stack.popLast() {
            if !walk.mark(Int(place)) { continue }
            switch program.instructions[Int(place)] {
            case .split(let first, let second):
                walk.stack.append(Int32(second))
                walk.stack.append(Int32(first))
            case .save(_, let next): walk.stack.append(Int32(next))
            case .assertion(.textStart, let next):
                if atStart { walk.stack.append(Int32(next)) }
            case .assertion(_, let next):
                if atEnd { walk.stack.append(Int32(next)) } else { walk.found.append(place) }
            case .bytes, .match: walk.found.append(place)
            case .fail: break
            }
        }
        return walk.found.sorted()
    }
}
