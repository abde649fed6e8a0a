/// Bytes at a fixed address that a transfer reads in place: a batch is sent, and sent again, without a copy.
///
/// The memory is written by one thread before the buffer is shared, and only read after that.
public final class BodyBuffer: @unchecked Sendable {
    /// The bytes; valid as long as this object lives.
    public let bytes: UnsafeRawBufferPointer

    /// Copies bytes.
    public convenience init(copying source: UnsafeRawBufferPointer) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(source.count, 1), alignment: 16)
        if source.count > 0 { memory.copyMemory(from: source) }
        self.init(adopting: memory, count: source.count)
    }

    /// Copies an array.
    public convenience init(_ source: [UInt8]) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(source.count, 1), alignment: 16)
        memory.copyBytes(from: source)
        self.init(adopting: memory, count: source.count)
    }

    /// Takes over memory from `UnsafeMutableRawBufferPointer.allocate`, of which the first `count` bytes are the body.
    ///
    /// - Precondition: `0 <= count <= memory.count`, and nobody else frees or writes the memory.
    public init(adopting memory: UnsafeMutableRawBufferPointer, count: Int) {
        precondition(count >= 0 && count <= memory.count)
        bytes = UnsafeRawBufferPointer(start: memory.baseAddress, count: count)
    }

    deinit {
        UnsafeMutableRawPointer(mutating: bytes.baseAddress)?.deallocate()
    }

    /// The number of body bytes.
    public var count: Int { bytes.count }
}
