/// Bytes that stay where they are as long as their owner lives.
///
/// They are lent as a pointer, so that no count of references moves: whoever is lent them holds the owner meanwhile. Hot
/// path: benchmark `gateway`.
struct HeldBytes: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    /// Room for so many bytes; none of them is used yet.
    init(capacity: Int) {
        memory = .allocate(byteCount: max(capacity, 1), alignment: 8)
    }

    init(_ bytes: [UInt8]) {
        self.init(capacity: bytes.count)
        bytes.withUnsafeBytes { append($0) }
    }

    deinit { memory.deallocate() }

    @inline(__always)
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory.baseAddress, count: count) }

    /// What is not text becomes U+FFFD.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Nothing of it is used any more.
    @inline(__always)
    mutating func clear() { count = 0 }

    /// Traps when there is no room for so much.
    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) { append(count: bytes.count) { $0.copyMemory(from: bytes) } }

    /// So many bytes more, written by `body`. Traps when there is no room for so much.
    @inline(__always)
    mutating func append(count more: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
        precondition(more >= 0 && more <= memory.count &- count, "more bytes than there is room for")
        body(UnsafeMutableRawBufferPointer(rebasing: memory[count..<(count &+ more)]))
        count &+= more
    }
}
