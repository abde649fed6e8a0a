/// What became of some lines of a batch at one output.
struct Settlement: Sendable, Equatable {
    enum Fate: Sendable, Equatable {
        case acknowledged
        case deadLettered
        /// Dropped by a stated policy.
        case dropped(reason: String)
    }

    var batch: UInt64
    var output: Int
    var lines: Range<Int>
    var fate: Fate
}

/// Which lines are settled at which output, and from where each file would have to be read again after a crash.
///
/// An output settles a tenant's lines in order, so one cursor per batch and output says everything. A line is done when
/// every output has settled it. Pure bookkeeping: no clock, no I/O. `checkInvariants` states what always holds.
struct Ledger {
    private struct Entry {
        let batch: Batch
        /// For each output, the number of leading lines it has settled.
        var settled: [Int]
        var done: Int { settled.min() ?? batch.lineCount }
    }

    let outputCount: Int
    private var live: [UInt64: Entry] = [:]
    /// Bytes in closed batches that some output has not settled.
    private(set) var pendingBytes = 0
    /// Lines in closed batches that each output has not settled.
    private(set) var pendingLines: [Int]

    init(outputCount: Int) {
        self.outputCount = outputCount
        pendingLines = Array(repeating: 0, count: outputCount)
    }

    var liveBatchCount: Int { live.count }
    var isEmpty: Bool { live.isEmpty }

    mutating func add(_ batch: Batch) {
        live[batch.id] = Entry(batch: batch, settled: Array(repeating: 0, count: outputCount))
        pendingBytes += batch.bytes.count
        for output in 0..<outputCount { pendingLines[output] += batch.lineCount }
    }

    /// What a settlement freed: bytes that are now done at every output, and whose they were.
    struct Freed: Equatable {
        var tenant: TenantID
        var bytes: Int
        var isBatchDone: Bool
    }

    /// Applies a settlement. One that is unknown, out of order or out of range changes nothing and returns nil.
    mutating func settle(_ settlement: Settlement) -> Freed? {
        guard var entry = live[settlement.batch], (0..<outputCount).contains(settlement.output),
            settlement.lines.lowerBound == entry.settled[settlement.output],
            settlement.lines.upperBound <= entry.batch.lineCount
        else { return nil }
        let before = entry.done
        entry.settled[settlement.output] = settlement.lines.upperBound
        pendingLines[settlement.output] -= settlement.lines.count
        let bytes = entry.batch.bytes(of: before..<entry.done).count
        pendingBytes -= bytes
        let isDone = entry.done == entry.batch.lineCount
        live[settlement.batch] = isDone ? nil : entry
        return Freed(tenant: entry.batch.tenant, bytes: bytes, isBatchDone: isDone)
    }

    /// Some tenants' batches of which no output has settled anything.
    func untouched(of tenants: Set<TenantID>) -> [Batch] {
        live.values.filter { tenants.contains($0.batch.tenant) && $0.settled.allSatisfy { $0 == 0 } }.map(\.batch)
    }

    /// Forgets a batch of which no output has settled anything: its lines will be read from their files again.
    mutating func giveBack(_ id: UInt64) -> Batch? {
        guard let entry = live[id], entry.settled.allSatisfy({ $0 == 0 }) else { return nil }
        live[id] = nil
        pendingBytes -= entry.batch.bytes.count
        for output in 0..<outputCount { pendingLines[output] -= entry.batch.lineCount }
        return entry.batch
    }

    /// Calls `body` with (file, tenant, offset) such that the lowest offset for a file and tenant is that tenant's first
    /// line in a closed batch which is not done.
    func forEachPending(_ body: (FileSerial, TenantID, Int64) -> Void) {
        for entry in live.values {
            entry.batch.forEachSource(from: entry.done) { file, offset in body(file, entry.batch.tenant, offset) }
        }
    }

    /// How long ago the oldest batch that is not done was closed.
    func oldestAgeNanos(nowWallNanos: Int64) -> Int64 {
        live.values.map(\.batch.closedWallNanos).min().map { max(0, nowWallNanos - $0) } ?? 0
    }

    /// Checks the counters against the entries, for tests.
    func checkInvariants() -> Bool {
        var bytes = 0
        var lines = Array(repeating: 0, count: outputCount)
        for entry in live.values {
            guard entry.settled.allSatisfy({ (0...entry.batch.lineCount).contains($0) }) else { return false }
            guard entry.done < entry.batch.lineCount else { return false }
            bytes += entry.batch.bytes(of: entry.done..<entry.batch.lineCount).count
            for output in 0..<outputCount { lines[output] += entry.batch.lineCount - entry.settled[output] }
        }
        return bytes == pendingBytes && lines == pendingLines
    }
}
