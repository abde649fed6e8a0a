/// Simulates a program over all threads at once (Pike's machine): time is text length times program size, whatever
/// the pattern. Finds whether the whole text matches and, in order of preference, what the groups caught.
struct PikeMachine {
    private let program: RegexProgram
    /// Steps taken, for the test of linear time.
    private(set) var steps = 0

    init(_ program: RegexProgram) { self.program = program }

    private struct Threads {
        var order: [Int] = []
        var slots: [[Int]] = []
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
        let blank = wantsSlots ? [Int](repeating: -1, count: program.groupCount * 2) : []
        current.clear()
        follow(program.start, 0, blank, text, &current)
        for place in 0..<text.count {
            if current.order.isEmpty { return nil }
            next.clear()
            for (thread, instruction) in current.order.enumerated() {
                steps += 1
                if case .bytes(let range, let target) = program.instructions[instruction],
                    range.contains(text[place])
                {
                    follow(target, place + 1, current.slots[thread], text, &next)
                }
            }
            swap(&current, &next)
        }
        for (thread, instruction) in current.order.enumerated() {
            if case .match = program.instructions[instruction] {
                var slots = current.slots[thread]
                if wantsSlots { (slots[0], slots[1]) = (0, text.count) }
                return slots
            }
        }
        return nil
    }

    /// Adds the threads that an instruction reaches without reading, in order of preference.
    private mutating func follow(
        _ start: Int, _ place: Int, _ slots: [Int], _ text: UnsafeBufferPointer<UInt8>, _ threads: inout Threads
    ) {
        var stack: [(instruction: Int, slots: [Int])] = [(start, slots)]
        while let (instruction, slots) = stack.popLast() {
            if !threads.mark(instruction) { continue }
            steps += 1
            switch program.instructions[instruction] {
            case .split(let first, let second):
                stack.append((second, slots))
                stack.append((first, slots))
            case .save(let slot, let next):
                var changed = slots
                if slot < changed.count { changed[slot] = place }
                stack.append((next, changed))
            case .assertion(let assertion, let next):
                if RegexProgram.holds(assertion, text, place) { stack.append((next, slots)) }
            case .fail: break
            case .bytes, .match:
                threads.order.append(instruction)
                threads.slots.append(slots)
            }
        }
    }
}
