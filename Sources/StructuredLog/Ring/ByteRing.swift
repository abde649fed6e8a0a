import Synchronization

/// Bytes from one producer to one consumer, without locks. Hot: every line passes here.
///
/// Positions count bytes since the start and never wrap; memory has a slack behind its end, so that a line is always
/// written in one piece, and what stands in the slack is copied to the front when the line is committed. The producer
/// publishes with release and the consumer reads with acquire, and the other way round for the space given back.
final class ByteRing: @unchecked Sendable {
    let capacity: Int
    private let mask: Int
    private let base: UnsafeMutableRawPointer
    /// The consumer's and the producer's position, 128 bytes apart: two cores do not fight over a cache line.
    private let positions: UnsafeMutablePointer<Atomic<Int>>
    private static let producerSlot = 16

    /// A ring of at least `bytes` (rounded up to a power of two) for lines of at most `longestLine` bytes.
    init(bytes: Int, longestLine: Int) {
        var size = 4096
        while size < bytes || size < longestLine * 2, size < 1 << 40 { size *= 2 }
        capacity = size
        mask = size - 1
        base = .allocate(byteCount: size + longestLine, alignment: 128)
        positions = .allocate(capacity: ByteRing.producerSlot * 2)
        for slot in 0..<ByteRing.producerSlot * 2 { (positions + slot).initialize(to: Atomic(0)) }
    }

    deinit {
        positions.deinitialize(count: ByteRing.producerSlot * 2)
        positions.deallocate()
        base.deallocate()
    }

    // MARK: The producer's side

    /// Where the consumer stands, for the producer to compute what is free.
    @inline(__always)
    func consumed() -> Int { positions.pointee.load(ordering: .acquiring) }

    /// Memory for a line at `position`; it is in one piece and at least as long as the longest line.
    @inline(__always)
    func memory(at position: Int) -> UnsafeMutableRawPointer { base + (position & mask) }

    /// Publishes `count` bytes at `position`.
    @inline(__always)
    func commit(at position: Int, count: Int) {
        let overhang = (position & mask) + count - capacity
        if overhang > 0 { base.copyMemory(from: base + capacity, byteCount: overhang) }
        positions[ByteRing.producerSlot].store(position + count, ordering: .releasing)
    }

    // MARK: The consumer's side

    /// The end of what is published.
    func published() -> Int { positions[ByteRing.producerSlot].load(ordering: .acquiring) }

    /// The bytes from `start` up to `end`, in one or two pieces.
    func pieces(from start: Int, to end: Int) -> (UnsafeRawBufferPointer, UnsafeRawBufferPointer) {
        let offset = start & mask
        let count = end - start
        let first = min(count, capacity - offset)
        return (
            UnsafeRawBufferPointer(start: base + offset, count: first),
            UnsafeRawBufferPointer(start: base, count: count - first)
        )
    }

    /// Gives everything before `position` back to the producer.
    func release(before position: Int) {
        positions.pointee.store(position, ordering: .releasing)
    }
}
