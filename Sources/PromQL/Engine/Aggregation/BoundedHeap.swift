/// The best k values of a step, chosen as Prometheus chooses them.
///
/// Which of several equal values stay depends on the heap's layout, so this repeats the steps of Go's
/// container/heap: the worst value is at the root and gives way only to a better one.
struct BoundedHeap {
    private let capacity: Int
    private let prefersLarge: Bool
    private(set) var entries: [(value: Double, place: Int)] = []

    init(capacity: Int, prefersLarge: Bool) {
        self.capacity = capacity
        self.prefersLarge = prefersLarge
    }

    mutating func offer(_ value: Double, _ place: Int) {
        if entries.count < capacity {
            entries.append((value, place))
            siftUp()
        } else if let worst = entries.first, gives(worst.value, way: value) {
            entries[0] = (value, place)
            siftDown()
        }
    }

    private func gives(_ worst: Double, way value: Double) -> Bool {
        if worst.isNaN { return !value.isNaN }
        return prefersLarge ? worst < value : worst > value
    }

    /// The root's side of the order; NaN is worst.
    private func isWorse(_ left: Double, _ right: Double) -> Bool {
        left.isNaN || (prefersLarge ? left < right : left > right)
    }

    private mutating func siftUp() {
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if !isWorse(entries[child].value, entries[parent].value) { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var child = parent * 2 + 1
            if child >= entries.count { return }
            if child + 1 < entries.count, isWorse(entries[child + 1].value, entries[child].value) { child += 1 }
            if !isWorse(entries[child].value, entries[parent].value) { return }
            entries.swapAt(child, parent)
            parent = child
        }
    }

    /// The chosen places, best first.
    var bestFirst: [Int] {
        entries.enumerated().sorted { left, right in
            let (one, other) = (left.element.value, right.element.value)
            if one.isNaN || other.isNaN { return one.isNaN == other.isNaN ? left.offset < right.offset : other.isNaN }
            if one == other { return left.offset < right.offset }
            return prefersLarge ? one > other : one < other
        }.map(\.element.place)
    }
}
