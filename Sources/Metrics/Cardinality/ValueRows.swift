#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Values of bounded length in rows of one size; rows that were never written take no memory.
final class ValueRows {
    private let base: UnsafeMutableRawPointer
    private let lengths: UnsafeMutablePointer<UInt16>
    private let rowBytes: Int

    /// - Parameter longest: of a value in bytes, at most 65,535
    init(rows: Int, longest: Int) {
        rowBytes = (longest + 7) / 8 * 8
        // `calloc` gives pages that become resident when they are written.
        guard let bytes = calloc(max(rows, 1), rowBytes),
            let sizes = calloc(max(rows, 1), MemoryLayout<UInt16>.stride)
        else { preconditionFailure("out of memory") }
        base = bytes
        lengths = sizes.bindMemory(to: UInt16.self, capacity: max(rows, 1))
    }

    deinit {
        free(base)
        free(lengths)
    }

    /// Bytes of so many rows.
    static func byteCount(rows: Int, longest: Int) -> Int {
        rows * ((longest + 7) / 8 * 8 + MemoryLayout<UInt16>.stride)
    }

    @inline(__always)
    subscript(row: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + row &* rowBytes, count: Int(lengths[row]))
    }

    @inline(__always)
    func isEmpty(_ row: Int) -> Bool { lengths[row] == 0 }

    @inline(__always)
    func equals(_ row: Int, _ value: UnsafeRawBufferPointer) -> Bool {
        guard Int(lengths[row]) == value.count, let start = value.baseAddress else { return false }
        return memcmp(base + row &* rowBytes, start, value.count) == 0
    }

    /// Keeps `value`, which is no longer than a row.
    @inline(__always)
    func set(_ row: Int, _ value: UnsafeRawBufferPointer) {
        let count = min(value.count, rowBytes)
        if let start = value.baseAddress { memcpy(base + row &* rowBytes, start, count) }
        lengths[row] = UInt16(truncatingIfNeeded: count)
    }

    func clear(_ row: Int) { lengths[row] = 0 }
}
