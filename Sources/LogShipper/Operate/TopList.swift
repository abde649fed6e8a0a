/// The few largest of many, without sorting all of them.
struct TopList<Element> {
    private let limit: Int
    private var entries: [(rank: Int64, element: Element)] = []
    /// Nothing below gets in.
    private var least = Int64.min

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes an element where it is among the largest so far; `element` is only made then.
    mutating func offer(_ rank: Int64, _ element: @autoclosure () -> Element) {
        guard limit > 0, entries.count < limit || rank > least else { return }
        entries.append((rank, element()))
        // Cutting back only now and then keeps this linear in what is offered.
        if entries.count >= limit * 2 { cut() }
    }

    private mutating func cut() {
        entries.sort { $0.rank > $1.rank }
        entries.removeLast(max(0, entries.count - limit))
        if limit > 0, entries.count == limit { least = entries[limit - 1].rank }
    }

    /// The largest, in falling order.
    var sorted: [Element] {
        var copy = self
        copy.cut()
        return copy.entries.map(\.element)
    }
}
