/// When the globs are looked at next. Pure: the clock is an argument.
///
/// Normally every `rescan`. A look costs a system call a file, so while inotify would tell of every change and the last
/// look found nothing to do, looks take at most a ten-thousandth of a core; but they come, because inotify may not know of a
/// directory above that was renamed, or of a mount. What inotify tells makes the next look earlier.
struct LookRhythm: Equatable {
    /// How many times longer than `rescan` the time between two looks may get.
    static let longestFactor: Int64 = 30
    /// The shortest time between two looks.
    private static let shortestNanos: Int64 = 20_000_000
    private static let highestCostNanos: Int64 = 3_600_000_000_000
    /// What a look costs beside what its thread measures: two threads wake up for it.
    private static let wakingNanos: Int64 = 200_000

    private let inputs: Int
    private(set) var lastNanos = Int64.min / 2
    /// CPU time of the last look of each input.
    private var costNanos: [Int: Int64] = [:]
    private var quietInputs: Set<Int> = []

    init(inputs: Int) {
        self.inputs = inputs
    }

    /// A look has been asked for.
    mutating func asked(nowNanos: Int64) {
        lastNanos = nowNanos
        quietInputs = []
    }

    /// A look has come back.
    ///
    /// - Parameter isQuiet: whether inotify will tell of whatever changes from here on
    mutating func looked(input: Int, costNanos cost: Int64, isQuiet: Bool) {
        costNanos[input] = min(cost, LookRhythm.highestCostNanos)
        if isQuiet { quietInputs.insert(input) }
    }

    /// - Parameter needsLook: inotify has told of something
    func dueNanos(_ rescanNanos: Int64, needsLook: Bool) -> Int64 {
        let cost = min(costNanos.values.reduce(0, +), LookRhythm.highestCostNanos)
        if needsLook { return lastNanos + min(rescanNanos, max(LookRhythm.shortestNanos, 10 * cost)) }
        guard quietInputs.count == inputs else { return lastNanos + rescanNanos }
        let whole = cost + Int64(inputs) * LookRhythm.wakingNanos
        return lastNanos + min(rescanNanos * LookRhythm.longestFactor, max(rescanNanos, 10_000 * whole))
    }
}
