import CMemory
import GatewayMetrics

/// Where in memory the parts of a cell lie that each of its requests needs. Asking for all of them at once is faster than
/// waiting for one after the other, when there are so many cells that the caches don't hold them.
///
/// Addresses are never read here, so none has to stay valid.
struct PrefetchList {
    private var lines: [UnsafeRawPointer] = []
    fileprivate static let lineBytes: UInt = 64
    /// What an array keeps before its elements.
    private static let arrayHeaderBytes = 32

    mutating func add(_ object: AnyObject?, bytes: Int = 128) {
        guard let object else { return }
        add(UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque()), bytes)
    }

    /// The first elements of an array.
    mutating func add<Element>(_ array: [Element], count: Int) {
        let bytes = min(array.count, count) * MemoryLayout<Element>.stride
        array.withUnsafeBytes { buffer in
            guard let first = buffer.baseAddress else { return }
            add(first - Self.arrayHeaderBytes, bytes + Self.arrayHeaderBytes)
        }
    }

    mutating func add(_ bytes: UnsafeRawBufferPointer, atMost limit: Int = 128) {
        if let start = bytes.baseAddress { add(start, min(bytes.count, limit)) }
    }

    mutating func add(line: UnsafeRawPointer) { add(line, 1) }

    private mutating func add(_ start: UnsafeRawPointer, _ bytes: Int) {
        var line = start - Int(UInt(bitPattern: start) % Self.lineBytes)
        while line < start + bytes {
            if lines.last != line { lines.append(line) }
            line += Int(Self.lineBytes)
        }
    }

    /// Neighbours as one: the first line's address plus the number of those that follow it, at most 63.
    var runs: [UInt] {
        var runs: [UInt] = []
        for line in lines {
            let address = UInt(bitPattern: line)
            if let last = runs.last, last % Self.lineBytes < Self.lineBytes - 1,
                last / Self.lineBytes + last % Self.lineBytes + 1 == address / Self.lineBytes
            {
                runs[runs.count - 1] += 1
            } else {
                runs.append(address)
            }
        }
        return runs
    }
}

/// The lists of all cells in one piece of memory: to ask for a cell's parts, nothing of the cell itself is read.
struct PrefetchTable {
    /// A cell's runs of lines; 0 where there are fewer.
    private static let width = 32

    private var runs: [UInt] = []

    init(_ lists: [PrefetchList]) {
        runs.reserveCapacity(lists.count * Self.width)
        for list in lists {
            let kept = list.runs.prefix(Self.width)
            runs += kept
            runs += Array(repeating: 0, count: Self.width - kept.count)
        }
    }

    @inline(__always)
    func run(_ row: Int) {
        guard row >= 0, row < runs.count / Self.width else { return }
        for index in (row &* Self.width)..<((row &+ 1) &* Self.width) {
            let run = runs[index]
            guard run != 0 else { return }
            var line = run & ~(PrefetchList.lineBytes &- 1)
            for _ in 0...(run % PrefetchList.lineBytes) {
                gatehouse_prefetch(UnsafeRawPointer(bitPattern: line))
                line &+= PrefetchList.lineBytes
            }
        }
    }
}

extension Counter {
    func prefetch(on shard: Shard) { forEachLine(on: shard) { gatehouse_prefetch($0) } }
}

extension Gauge {
    func prefetch(on shard: Shard) { forEachLine(on: shard) { gatehouse_prefetch($0) } }
}

extension Histogram {
    func prefetch(on shard: Shard) { forEachLine(on: shard) { gatehouse_prefetch($0) } }

    /// The native histogram's header; ``prefetch(on:)`` long before.
    func prefetchNative(on shard: Shard) {
        if let line = nativeLine(on: shard) { gatehouse_prefetch(line) }
    }

    /// The bucket that an observation will count in; ``prefetchNative(on:)`` long before.
    func prefetchBucket(nanos: UInt64, on shard: Shard) {
        if let line = nativeLine(ofNanos: nanos, on: shard) { gatehouse_prefetch(line) }
    }
}
