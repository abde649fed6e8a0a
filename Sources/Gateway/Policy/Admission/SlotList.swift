/// A chain of slots in a ``SlotLinks``.
struct SlotList: Equatable {
    fileprivate(set) var first = -1
    fileprivate(set) var last = -1

    var isEmpty: Bool { first < 0 }
}

/// Double links between the slots of a table, so that a slot leaves its list at once wherever it stands. A slot is in
/// one list at a time.
struct SlotLinks {
    private var next: [Int32]
    private var previous: [Int32]

    init(_ capacity: Int) {
        next = Array(repeating: -1, count: capacity)
        previous = next
    }

    func next(_ slot: Int) -> Int { Int(next[slot]) }

    mutating func append(_ slot: Int, to list: inout SlotList) {
        next[slot] = -1
        previous[slot] = Int32(truncatingIfNeeded: list.last)
        if list.last >= 0 {
            next[list.last] = Int32(truncatingIfNeeded: slot)
        } else {
            list.first = slot
        }
        list.last = slot
    }

    mutating func remove(_ slot: Int, from list: inout SlotList) {
        let before = Int(previous[slot])
        let after = Int(next[slot])
        if before >= 0 { next[before] = Int32(truncatingIfNeeded: after) } else { list.first = after }
        if after >= 0 { previous[after] = Int32(truncatingIfNeeded: before) } else { list.last = before }
    }

    /// From the first to the last, for checks.
    func slots(of list: SlotList) -> [Int] {
        var slots: [Int] = []
        var slot = list.first
        while slot >= 0, slots.count <= next.count {
            slots.append(slot)
            slot = next(slot)
        }
        return slots
    }
}
