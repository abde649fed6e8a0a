import Synchronization

/// What happens to label sets for which a family has no room.
///
/// Only the label that overflows loses its value: of a family with `tenant` and `cell` whose tenants are too many,
/// `{tenant="x7f3",cell="erp"}` counts under `{tenant="_other",cell="erp"}`. The label that overflows is the one whose
/// value no series of the family has (``KnownValues``); when all values are known in other combinations, it is the
/// label with the most values. Such overflow series have places of their own, an eighth of the limit on top of it.
/// When these are taken too, what remains is counted under the one series whose values are all `_other`.
///
/// A label that a ``BoundedLabel`` governs is never replaced: its values are bounded already. When nothing else helps,
/// all other labels are `_other`, for which each of its values has a place in reserve.
///
/// A flood takes no lock: the lookups that refuse, and those that find the overflow series, read atomics only. That
/// holds, too, when the limit isn't reached but removed series at rest take the room: then one lookup in some seconds
/// looks under the lock whether their time is over.
extension FamilyStore {
    /// The value of a label that has lost its own.
    static let overflowValue = "_other"

    /// The cells of the overflow series for a key that has no place; counts it.
    func overflow(_ key: UnsafeRawBufferPointer) -> CellHandle {
        guard labelCount > 0 else { return lastResort() }
        let kept = keptLabels.load(ordering: .acquiring)
        guard let known = knownValues() else {
            overflowCounters[0].count()
            return reserved(key, kept) ?? lastResort()
        }
        let blamed = known.labelsToReplace(in: key, keeping: kept)
        if blamed != 0 {
            overflowCounters[known.widest(of: blamed)].count()
            if blamed.nonzeroBitCount == labelCount { return lastResort() }
            if let cells = substituted(key, blamed: blamed, room: .overflow) { return cells }
        }
        return reserved(key, kept) ?? lastResort()
    }

    /// The cells of the series that has the values of bounded labels and else only `_other`: there is room for each of
    /// these values, whatever else the family has. nil when no label is bounded, or their values are more than stated.
    private func reserved(_ key: UnsafeRawBufferPointer, _ kept: UInt64) -> CellHandle? {
        kept == 0 ? nil : substituted(key, blamed: ~kept, room: .reserved)
    }

    /// Lets the label keep its value whatever happens, of which there are `values` at most at a time.
    func keep(label position: Int, values: Int) {
        table.grow { $0.reserve(values) }
        keptLabels.bitwiseOr(1 << UInt64(min(position, KnownValues.maxLabels - 1)), ordering: .acquiringAndReleasing)
    }

    /// The cells for values that are longer than a key may be: the long ones are replaced.
    func shortened(_ values: UnsafeBufferPointer<String>) -> CellHandle {
        guard values.count > 0 else { return .inert }
        let share = LabelKey.maxBytes / values.count - LabelKey.headerBytes
        let short = values.map { $0.utf8.count > share ? FamilyStore.overflowValue : $0 }
        return short.withUnsafeBufferPointer { short in
            guard let size = LabelKey.size(of: short) else { return lastResort() }
            return LabelKey.withKey(of: short, size: size) { resolve($0, hash: table.hash.hash(ofKey: $0)).cells }
        }
    }

    /// The cells of the key with the blamed labels replaced, if that series exists or fits.
    private func substituted(
        _ key: UnsafeRawBufferPointer, blamed: UInt64, room: SeriesTable.Room
    ) -> CellHandle? {
        let capacity = key.count + labelCount * FamilyStore.overflowValue.utf8.count
        return withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 8) { memory in
            let size = LabelKey.copy(key, to: memory) { position in
                blamed >> UInt64(position) & 1 == 1 ? FamilyStore.overflowValue : nil
            }
            return overflowCells(UnsafeRawBufferPointer(rebasing: memory[..<size]), room)
        }
    }

    private func overflowCells(_ key: UnsafeRawBufferPointer, _ room: SeriesTable.Room) -> CellHandle? {
        let hash = table.hash.hash(ofKey: key)
        // Most often it is there. Else the lock decides whether it fits, unless it is sure not to.
        if let place = table.place(of: key, hash: hash) { return table.directory.header(at: place).pointee.cells }
        guard !table.isCertainlyRefused(key, hash: hash, room: room) else { return nil }
        return table.findOrMake(key, hash: hash, room: room)
    }

    /// The series whose values are all `_other`; there is always room for it.
    private func lastResort() -> CellHandle {
        othersKey.withUnsafeBytes { key in
            if let place = table.place(of: key, hash: othersHash) {
                return table.directory.header(at: place).pointee.cells
            }
            return table.findOrMake(key, hash: othersHash, room: .always) ?? .inert
        }
    }

    /// The values of the family's series; nil while another thread is still collecting them.
    private func knownValues() -> KnownValues? {
        let version = table.index.version
        if let known = known.load() {
            if known.isComplete, known.isStale(at: version) { collect(known, again: true, at: version) }
            return known.isComplete ? known : nil
        }
        let mine = KnownValues(labels: labelCount, limit: table.limits.own, hash: table.hash)
        // Published first: series that are made from now on add themselves, those from before are gone over here.
        let published = known.storeIfNil(mine)
        guard published === mine else { return published.isComplete ? published : nil }
        collect(mine, again: false, at: version)
        return mine
    }

    private func collect(_ known: KnownValues, again: Bool, at version: UInt64) {
        known.collect(again: again, at: version) { add in forEachRecord { add($0.key) } }
    }
}
