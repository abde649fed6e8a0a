/// The reader's one block: bytes before the front, to prove that the file is still the same, then the new ones.
final class BlockBuffer {
    static let usualBytes = 256 << 10
    private(set) var memory: UnsafeMutableRawBufferPointer
    private let maxBytes: Int

    /// - Parameter maxLineBytes: the longest line that must fit.
    init(maxLineBytes: Int) {
        maxBytes = max(BlockBuffer.usualBytes, maxLineBytes + (64 << 10)) + Marker.maxBytes
        memory = .allocate(byteCount: BlockBuffer.usualBytes + Marker.maxBytes, alignment: 64)
    }

    deinit {
        memory.deallocate()
    }

    /// Gives the room for a long line back, when it has been taken.
    func shrink() {
        let usual = BlockBuffer.usualBytes + Marker.maxBytes
        guard memory.count > usual else { return }
        memory.deallocate()
        memory = .allocate(byteCount: usual, alignment: 64)
    }

    /// Makes room for a longer line. Returns whether there is more than before.
    func grow() -> Bool {
        guard memory.count < maxBytes else { return false }
        let larger = min(maxBytes, memory.count * 2)
        memory.deallocate()
        memory = .allocate(byteCount: larger, alignment: 64)
        return true
    }
}
