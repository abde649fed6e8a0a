/// Bytes that are added at the end and taken from the front, in one piece of memory that moves and grows as needed.
///
/// Hot path: benchmark `gateway`. It owns its memory and is never copied; what is read from it is valid until the next
/// call that changes it. Whoever fills it bounds it.
struct ByteQueue: ~Copyable {
    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    private var start = 0
    private var end = 0

    /// What is allocated at first; an empty queue has no memory.
    private static let firstBytes = 512

    init() {}

    deinit { base?.deallocate() }

    @inline(__always) var count: Int { end &- start }
    @inline(__always) var isEmpty: Bool { start == end }

    /// All bytes, the oldest first.
    @inline(__always) var readable: UnsafeRawBufferPointer {
        guard let base, end > start else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: base + start, count: end &- start)
    }

    /// Takes bytes from the front; no more than there are.
    @inline(__always)
    mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= end &- start, "more bytes than there are")
        start &+= count
        if start == end {
            start = 0
            end = 0
        }
    }

    /// Forgets all bytes, and gives memory back if there is more of it than `keeping` bytes.
    mutating func clear(keeping limit: Int = .max) {
        start = 0
        end = 0
        guard capacity > limit else { return }
        base?.deallocate()
        base = nil
        capacity = 0
    }

    /// At least `count` bytes of memory behind the last byte; fill them and call ``commit(_:)``.
    @inline(__always)
    mutating func reserve(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if capacity &- end < count { grow(count) }
        return UnsafeMutableRawBufferPointer(start: base.map { $0 + end }, count: capacity &- end)
    }

    /// Adds the first `count` bytes of what ``reserve(_:)`` gave.
    @inline(__always)
    mutating func commit(_ count: Int) {
        precondition(count >= 0 && count <= capacity &- end, "more bytes than were reserved")
        end &+= count
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        let target = reserve(bytes.count)
        target.baseAddress?.copyMemory(from: source, byteCount: bytes.count)
        end &+= bytes.count
    }

    mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    @inline(__always)
    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        reserve(1)[0] = byte
        end &+= 1
    }

    /// Makes room, first of all by moving what is there to the front.
    private mutating func grow(_ count: Int) {
        let used = end - start
        let (needed, overflow) = used.addingReportingOverflow(count)
        precondition(!overflow, "a queue larger than memory")
        if needed <= capacity, start >= used, let base {
            base.copyMemory(from: base + start, byteCount: used)
        } else {
            let larger = max(Self.firstBytes, needed, capacity <= Int.max / 2 ? capacity * 2 : needed)
            let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
            if let base { moved.copyMemory(from: base + start, byteCount: used) }
            base?.deallocate()
            base = moved
            capacity = larger
        }
        start = 0
        end = used
    }
}

extension UnsafeRawBufferPointer {
    /// The same bytes for parsers.
    @inline(__always) var bytes: UnsafeBufferPointer<UInt8> { assumingMemoryBound(to: UInt8.self) }

    /// From `start` up to `end`; both must lie within.
    @inline(__always)
    func part(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[start..<end])
    }
}
