import CMemory

/// Cache lines of children that are going to be counted in soon: with thousands of series each would be waited for.
extension CellHandle {
    func prefetch(_ count: Int, on shard: Shard) {
        gatehouse_prefetch(base)
        guard isOwned(shard) else { return }
        let cells = base + Int(shard.offset)
        var index = 0
        while index < count {
            gatehouse_prefetch(cells + index)
            index &+= 8
        }
        gatehouse_prefetch(cells + (count &- 1))
    }
}

extension Counter {
    /// Asks for the memory that an increment needs, without waiting for it.
    package func prefetch(on shard: Shard) { cells.prefetch(1, on: shard) }
}

extension Gauge {
    /// Asks for the memory that a change needs, without waiting for it.
    package func prefetch(on shard: Shard) { cells.prefetch(1, on: shard) }
}

extension Histogram {
    /// Asks for the memory that an observation needs, without waiting for it.
    package func prefetch(on shard: Shard) { cells.prefetch(shape.cellsPerChild, on: shard) }
}
