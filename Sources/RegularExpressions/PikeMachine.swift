/// Simulates a program over all threads at once (Pike's machine): time is text length times program size, whatever
/// the pattern. Finds whether the whole text matches and, in order of preference, what the groups caught.
struct PikeMachine {
    private let program: RegexProgram
    /// Steps taken, for the test of linear time.
    private(set) var steps = 0
    /// Places of the thread that is followed; empty where nobody asks for groups.
    private var slots: [Int] = []
    private var stack: [Visit] = []

    init(_ program: RegexProgram) { self.program = program }

    /// An instruction to follow, or, with a slot, the value to give back to it.
    private struct Visit {
        var instruction = 0
        var slot = -1
        var value = 0
    }

    private struct Threads {
        var order: [Int] = []
        /// As many places a thread as there are slots.
        var slots: [Int] = []
        private var marks: [Int]
        private var generation = 0

        init(_ size: Int) { marks = [Int](repeating: -1, count: size) }

        mutating func clear() {
            order.removeAll(keepingCapacity: true)
            slots.removeAll(keepingCapacity: true)
            generation += 1
        }

        mutating func mark(_ instruction: Int) -> Bool {
            if marks[instruction] == generation { return false }
            marks[instruction] = generation
            return true
        }
    }

    /// The slots of the preferred match of the whole text, nil when it doesn't match. Slots 2n and 2n+1 hold the
    /// bounds of group n in bytes, -1 for a group that took no part.
    mutating func match(_ text: UnsafeBufferPointer<UInt8>, wantsSlots: Bool) -> [Int]? {
        var current = Threads(program.instructions.count)
        var next = Threads(program.instructions.count)
        let width = wantsSlots ? program.groupCount * 2 : 0
        slots = [Int](repeating: -1, count: width)
        current.clear()
        follow(program.start, 0, text, &current)
        for place in 0..<text.count {
            if current.order.isEmpty { return nil }
            next.clear()
            for (thread, instruction) in current.order.enumerated() {
                steps += 1
                if case .bytes(let range, let target) = program.instructions[instruction],
                    range.contains(text[place])
                {
                    for slot in 0..<width { slots[slot] = current.slots[thread * width + slot] }
                    follow(target, place + 1, text, &next)
                }
            }
            swap(&current, &next)
        }
        for (thread, instruction) in current.order.enumerated() {
            if case .match = program.instructions[instruction] {
                var found = Array(current.slots[(thread * width)..<((thread + 1) * width)])
                if wantsSlots { (found[0], found[1]) = (0, text.count) }
                return found
            }
        }
        return nil
    }

    /// What a search came to.
    enum Found {
        /// The slots, as ``match(_:wantsSlots:)`` gives them.
        case match([Int])
        case nothing
        /// The steps ran out.
        case exhausted
    }

    /// The leftmost match from `first` on, of those that begin there the preferred one, as Go's `regexp` has it; what
    /// stands before `first` counts for assertions.
    mutating func search(_ text: UnsafeBufferPointer<UInt8>, from first: Int, maxSteps: Int) -> Found {
        var current = Threads(program.instructions.count)
        var next = Threads(program.instructions.count)
        let width = program.groupCount * 2
        steps += program.instructions.count
        var found: [Int]?
        current.clear()
        for place in first...text.count {
            if found == nil, place == text.count || text[place] & 0xc0 != 0x80 {
                slots = [Int](repeating: -1, count: width)
                slots[0] = place
                follow(program.start, place, text, &current)
            }
            if current.order.isEmpty, found != nil { break }
            if steps > maxSteps { return .exhausted }
            next.clear()
            for (thread, instruction) in current.order.enumerated() {
                steps += 1
                let own = (thread * width)..<((thread + 1) * width)
                if case .match = program.instructions[instruction] {
                    // Threads behind this one are preferred less.
                    found = Array(current.slots[own])
                    found?[1] = place
                    break
                }
                if place < text.count, case .bytes(let range, let target) = program.instructions[instruction],
                    range.contains(text[place])
                {
                    slots.replaceSubrange(0..<width, with: current.slots[own])
                    follow(target, place + 1, text, &next)
                }
            }
            swap(&current, &next)
        }
        return found.map { .match($0) } ?? .nothing
    }

    /// Adds the threads that an instruction reaches without reading, in order of preference.
    private mutating func follow(
        _ start: Int, _ place: Int, _ text: UnsafeBufferPointer<UInt8>, _ threads: inout Threads
    ) {
        stack.append(Visit(instruction: start))
        while let visit = stack.popLast() {
            if visit.slot >= 0 {
                slots[visit.slot] = visit.value
                continue
            }
            if !threads.mark(visit.instruction) { continue }
            steps += 1
            switch program.instructions[visit.instruction] {
            case .split(let first, let second):
                stack.append(Visit(instruction: second))
                stack.append(Visit(instruction: first))
            case .save(let slot, let next):
                if slot < slots.count {
                    stack.append(Visit(slot: slot, value: slots[slot]))
                    slots[slot] = place
                }
                stack.append(Visit(instruction: next))
            case .assertion(let assertion, let next):
                if RegexProgram.holds(assertion, text, place) { stack.append(Visit(instruction: next)) }
            case .fail: break
            case .bytes, .match:
                threads.order.append(visit.instruction)
                threads.slots.append(contentsOf: slots)
            }
        }
    }
}
