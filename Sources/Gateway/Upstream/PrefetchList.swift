import CMemory
import GatewayMetrics

/// Where in memory the parts of a cell lie that each of its requests needs. Asking for all of them at once is faster than
/// waiting for one after the other, when there are so many cells that the caches don't hold them.
///
/// Addresses are never read here, so none has to stay valid.
struct PrefetchList {
    private var lines: [UnsafeRawPointer] = []
    private static let lineBytes = 64
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

    mutating func add(_ bytes: UnsafeRawBufferPointer, atMost limit: Int) {
        if let start = bytes.baseAddress { add(start, min(bytes.count, limit)) }
    }

    private mutating func add(_ start: UnsafeRawPointer, _ bytes: Int) {
        var line = start - Int(UInt(bitPattern: start) % UInt(Self.lineBytes))
        while line < start + bytes {
            if !lines.contains(line) { lines.append(line) }
            line += Self.lineBytes
        }
    }

    @inline(__always)
    func run() {
        for line in lines { gatehouse_prefetch(line) }
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
}
