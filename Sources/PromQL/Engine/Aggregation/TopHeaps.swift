import TimeSeries

/// The best k values of every step, found column by column.
///
/// Which of several equal values stay depends on the heap's layout, so this repeats the steps of Go's
/// container/heap: the worst value is at the root and gives way only to a better one. All steps' heaps lie in one
/// block of memory.
struct TopHeaps {
    struct Entry {
        var value: Double
        var place: Int32
    }

    private let order: HeapOrder
    /// How many each step may keep, and the largest of these.
    private let capacities: [Int]
    private let stride: Int
    private var entries: [Entry]
    private var counts: [Int]

    /// - Parameter members: how many columns there will be at most.
    init(capacities: [Int], members: Int, prefersLarge: Bool) {
        order = HeapOrder(prefersLarge: prefersLarge)
        self.capacities = capacities.map { max(0, min($0, members)) }
        stride = self.capacities.max() ?? 0
        entries = [Entry](repeating: Entry(value: 0, place: 0), count: stride * capacities.count)
        counts = [Int](repeating: 0, count: capacities.count)
    }

    /// The memory of all heaps, in units of a float sample.
    static func units(_ capacities: [Int], members: Int) -> Int {
        max(0, min(capacities.max() ?? 0, members)) * capacities.count
    }

    mutating func offer(_ column: UnsafeBufferPointer<Double>, _ place: Int, isDense: Bool) {
        let place = Int32(clamping: place)
        let (order, capacities, stride) = (order, capacities, stride)
        entries.withUnsafeMutableBufferPointer { entries in
            counts.withUnsafeMutableBufferPointer { counts in
                for step in 0..<min(column.count, counts.count) where isDense || !column[step].isStaleMarker {
                    let value = column[step]
                    let base = step * stride
                    if counts[step] < capacities[step] {
                        counts[step] += 1
                        let heap = UnsafeMutableBufferPointer(rebasing: entries[base..<(base + counts[step])])
                        heap[heap.count - 1] = Entry(value: value, place: place)
                        order.siftUp(heap)
                    } else if counts[step] > 0, order.gives(entries[base].value, way: value) {
                        let heap = UnsafeMutableBufferPointer(rebasing: entries[base..<(base + counts[step])])
                        heap[0] = Entry(value: value, place: place)
                        order.siftDown(heap)
                    }
                }
            }
        }
    }

    /// A step's chosen values with their columns' places, in the heap's order.
    private func chosen(_ step: Int) -> ArraySlice<Entry> { entries[(step * stride)..<(step * stride + counts[step])] }

    /// The chosen places of a step, best first.
    func bestFirst(_ step: Int) -> [Int] {
        chosen(step).enumerated().sorted { left, right in
            let (one, other) = (left.element.value, right.element.value)
            if one.isNaN || other.isNaN { return one.isNaN == other.isNaN ? left.offset < right.offset : other.isNaN }
            if one == other { return left.offset < right.offset }
            return order.prefersLarge ? one > other : one < other
        }.map { Int($0.element.place) }
    }

    /// The columns with only the chosen values; best first where there is one step, else by their places.
    func columns(_ members: [Member]) -> [Column] {
        var slots = [Int](repeating: -1, count: members.count)
        let steps = counts.count
        var places: [Int] = []
        if steps == 1 {
            places = bestFirst(0)
        } else {
            for step in 0..<steps { for entry in chosen(step) { slots[Int(entry.place)] = 0 } }
            places = slots.indices.filter { slots[$0] == 0 }
        }
        var columns: [Column] = []
        columns.reserveCapacity(places.count)
        for place in places {
            slots[place] = columns.count
            columns.append(
                Column(labels: members[place].labels, dropsName: members[place].dropsName, steps: steps))
        }
        for step in 0..<steps {
            for entry in chosen(step) { columns[slots[Int(entry.place)]].values[step] = entry.value }
        }
        return columns
    }

    /// What is kept of a column that was offered.
    struct Member {
        let labels: Labels
        let dropsName: Bool
    }
}

/// The order of a heap whose root is the worst value.
private struct HeapOrder {
    let prefersLarge: Bool

    @inline(__always)
    func gives(_ worst: Double, way value: Double) -> Bool {
        if worst.isNaN { return !value.isNaN }
        return prefersLarge ? worst < value : worst > value
    }

    /// The root's side of the order; NaN is worst.
    private func isWorse(_ left: Double, _ right: Double) -> Bool {
        left.isNaN || (prefersLarge ? left < right : left > right)
    }

    func siftUp(_ heap: UnsafeMutableBufferPointer<TopHeaps.Entry>) {
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if !isWorse(heap[child].value, heap[parent].value) { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    func siftDown(_ heap: UnsafeMutableBufferPointer<TopHeaps.Entry>) {
        var parent = 0
        while true {
            var child = parent * 2 + 1
            if child >= heap.count { return }
            if child + 1 < heap.count, isWorse(heap[child + 1].value, heap[child].value) { child += 1 }
            if !isWorse(heap[child].value, heap[parent].value) { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
