import Locking

extension MetricsRegistry {
    /// The most series that the declared families may hold, overflow series included; callbacks are not counted.
    ///
    /// nil when a family is declared without a limit.
    public var seriesLimit: Int? {
        sum(state.withLock { $0.stores }.map { $0.seriesBound })
    }

    /// Bytes that all families together can take at most, whatever label values come: live series, series at rest after
    /// their removal, the index and what was left of it when it grew, and interned values.
    ///
    /// nil when a family is declared without a limit. What is used stays far below it unless label values are long
    /// (128 bytes a series are allowed for) and series are removed and made at the highest rate.
    public var memoryBound: Int? {
        let stores = state.withLock { $0.stores }
        let tables = sum(stores.map { $0.tableByteBound })
        let cells = sum(
            stores.map { store in
                store.childBound.map { $0.multipliedReportingOverflow(by: store.shape.cellsPerChild) }.flatMap(exact)
            })
        let regions = CellLayout.leadingRegions + context.slabs.shards + context.slabs.threads
        let blocks = sum(
            stores.map { store in
                store.childBound.map { $0.multipliedReportingOverflow(by: store.blockBytes(regions: regions)) }
                    .flatMap(exact)
            })
        guard let tables, let cells, let blocks else { return nil }
        // A chunk may end in cells that are too few for the next child.
        let largest = stores.map { $0.shape.cellsPerChild }.max() ?? 1
        let chunks = cells / max(CellLayout.regionCells - largest + 1, 1) + 1
        let chunkBytes = regions * CellLayout.regionCells * 8
        return sum([
            tables, exact(chunks.multipliedReportingOverflow(by: chunkBytes)), blocks, InternTable.byteBound,
        ])
    }
}

/// The sum, or nil when a part is nil or the sum is too large.
private func sum(_ parts: [Int?]) -> Int? {
    parts.reduce(0) { sum, part in
        guard let sum, let part else { return nil }
        return exact(sum.addingReportingOverflow(part))
    }
}

private func exact(_ result: (partialValue: Int, overflow: Bool)) -> Int? {
    result.overflow ? nil : result.partialValue
}

extension FamilyStore {
    /// The most series, or nil when there is no limit worth the name.
    var seriesBound: Int? { table.limits.total }

    /// The most children that have cells: live ones and those at rest.
    fileprivate var childBound: Int? {
        // The last resort may be removed and made again once a second.
        seriesBound.map { $0 + table.limits.rest + table.limits.reserved + 64 }
    }

    /// Bytes that a child may have beside its cells: exemplars, and of a native histogram the buckets of each region
    /// and the blocks from which they grew.
    fileprivate func blockBytes(regions: Int) -> Int {
        let details = shape.details.pointee
        guard details.hasAuxiliaryWord else { return 0 }
        let words = AuxiliaryBlock.Word.exemplars + details.exemplarSlots * ExemplarSlot.wordCount
        guard let native = details.native else { return words * 8 + 128 }
        return words * 8 + 128 + regions * 2 * native.maxBytesPerShard
    }

    /// Bytes of records, index, lists and the set of known values.
    fileprivate var tableByteBound: Int? {
        guard let series = seriesBound, let children = childBound else { return nil }
        // Lists double when they grow, and the old one is there until the new one is filled.
        let lists = 3 * (series * (4 + 4 + MemoryLayout<IdleMark>.stride) + children * 56)
        let known = KnownValues.byteBound(labels: descriptor.labels.count, limit: table.limits.own)
        return sum([
            SeriesTable.arenaLimit(table.shape, table.limits), SeriesIndex.byteBound(entries: series), lists, known,
        ])
    }
}
