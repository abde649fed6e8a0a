import CurlHTTP

/// A byte buffer with uninitialised room at its end, for encoders and codecs that write through raw pointers.
///
/// Invariant: `0 <= count <= memory.count`; bytes below `count` are initialised. Not thread-safe.
final class GrowableBytes {
    private(set) var memory: UnsafeMutableRawBufferPointer
    var count = 0

    init(capacity: Int = 0) {
        memory = .allocate(byteCount: max(capacity, 64), alignment: 16)
    }

    deinit {
        memory.deallocate()
    }

    /// The bytes written so far; valid until the next change.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[0..<count]) }

    /// Makes room for `extra` more bytes, at least doubling, and returns where to write.
    @inline(__always)
    func room(_ extra: Int) -> UnsafeMutableRawPointer {
        if memory.count &- count < extra { grow(extra) }
        // The buffer is never empty, so its base exists.
        return memory.baseAddress.unsafelyUnwrapped + count
    }

    @inline(__always)
    func append(_ source: UnsafeRawBufferPointer) {
        guard let base = source.baseAddress else { return }
        room(source.count).copyMemory(from: base, byteCount: source.count)
        count &+= source.count
    }

    @inline(__always)
    func append(_ byte: UInt8) {
        room(1).storeBytes(of: byte, as: UInt8.self)
        count &+= 1
    }

    func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    /// Gives the memory away as a body; this object starts anew and empty.
    func takeBody() -> BodyBuffer {
        let body = BodyBuffer(adopting: memory, count: count)
        memory = .allocate(byteCount: 64, alignment: 16)
        count = 0
        return body
    }

    private func grow(_ extra: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(memory.count * 2, count + extra), alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[0..<count]))
        memory.deallocate()
        memory = larger
    }
}
