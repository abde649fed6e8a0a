import Synchronization

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

    /// Where the shard's native histogram begins, if there is one.
    package func nativeLine(on shard: Shard) -> UnsafeRawPointer? {
        nativeStore(on: shard).map { UnsafeRawPointer($0.words) }
    }

    /// Where the native bucket of a duration of so many nanoseconds is likely to be.
    package func nativeLine(ofNanos nanos: UInt64, on shard: Shard) -> UnsafeRawPointer? {
        nativeStore(on: shard).map { store in
            UnsafeRawPointer(store.words + store.home(of: Double(nanos) / 1e9, steps: shape.details.pointee.scale))
        }
    }

    /// Blocks stay readable when they are given back.
    private func nativeStore(on shard: Shard) -> NativeStore? {
        guard shape.isNative, cells.isOwned(shard) else { return nil }
        let cell = cells.base + (Int(shard.offset) &+ Int(shape.nativeCell))
        return NativeStore(cell: cell.pointee.load(ordering: .relaxed))
    }
}
