/// What became of some lines of a batch.
struct Settlement: Sendable, Equatable {
    enum Fate: Sendable, Hashable {
        case acknowledged
        /// The destination took all but some, and does not say which.
        case partlyAcknowledged(dropped: Int)
        case deadLettered
    }

    var batch: UInt64
    var lines: LineRanges
    var fate: Fate

    init(batch: UInt64, lines: LineRanges, fate: Fate) {
        self.batch = batch
        self.lines = lines
        self.fate = fate
    }

    init(_ unit: Unit, _ fate: Fate) {
        self.init(batch: unit.batch.id, lines: unit.lines, fate: fate)
    }
}
