/// The cache lines that counting in a child touches, for callers that ask the processor for them ahead of time: with
/// thousands of series each would be waited for.
extension CellHandle {
    func forEachLine(_ count: Int, on shard: Shard, _ body: (UnsafeRawPointer) -> Void) {
        body(UnsafeRawPointer(base))
        guard isOwned(shard) else { return }
        let cells = base + Int(shard.offset)
        var index = 0
        while index < count {
            body(UnsafeRawPointer(cells + index))
            index &+= 8
        }
        body(UnsafeRawPointer(cells + (count &- 1)))
    }
}

extension Counter {
    /// Where in memory an increment writes, a line at a time.
    package func forEachLine(on shard: Shard, _ body: (UnsafeRawPointer) -> Void) {
        cells.forEachLine(1, on: shard, body)
    }
}

extension Gauge {
    /// Where in memory a change writes, a line at a time.
    package func forEachLine(on shard: Shard, _ body: (UnsafeRawPointer) -> Void) {
        cells.forEachLine(1, on: shard, body)
    }
}

extension Histogram {
    /// Where in memory an observation writes, a line at a time; native buckets are left out.
    package func forEachLine(on shard: Shard, _ body: (UnsafeRawPointer) -> Void) {
        cells.forEachLine(shape.cellsPerChild, on: shard, body)
    }
}
