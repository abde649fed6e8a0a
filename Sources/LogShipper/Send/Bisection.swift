/// How many requests the search for refused lines in one batch may take.
///
/// A single bad line of n is found in about 2·log2 n requests, and p of them in about p times as many; from some share on
/// sending each line alone would be cheaper, and in the end a destination that refuses everything would get two requests
/// a line. So a batch has a budget of 16·(log2 n + 1); what is still refused after that is given up whole, as dead
/// letters that can be replayed. When a batch ends without one line delivered, the next one gets half of that, down to
/// what a single bad line needs.
struct Bisection: Equatable {
    /// Requests below this size that are refused as too large are refused for what they are: every server takes 16 KiB.
    static let smallBytes = 16 << 10

    private var batch: UInt64?
    private var budget = 0
    private var hasDelivered = false
    private var fruitlessBatches = 0

    /// Whether a batch was searched last.
    func isSearching(_ id: UInt64) -> Bool { batch == id }

    /// A unit was refused. Returns whether to go on.
    mutating func refused(_ unit: Unit) -> Bool {
        if batch != unit.batch.id { begin(unit) }
        budget -= 1
        return budget >= 0
    }

    /// Lines of a batch were delivered.
    mutating func delivered(_ id: UInt64) {
        guard batch == id else { return }
        hasDelivered = true
        fruitlessBatches = 0
    }

    private mutating func begin(_ unit: Unit) {
        if batch != nil { fruitlessBatches = hasDelivered ? 0 : min(fruitlessBatches + 1, 8) }
        let steps = Int.bitWidth - max(0, unit.lineCount - 1).leadingZeroBitCount + 1
        budget = max(2 * steps, (16 * steps) >> fruitlessBatches)
        batch = unit.batch.id
        hasDelivered = false
    }
}
