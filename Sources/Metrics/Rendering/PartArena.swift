import Exposition

/// Bytes that are written again and again, laid out once in memory that does not move.
///
/// Filled while a ``Catalogue`` is built, then only read.
final class PartArena: @unchecked Sendable {
    private var pieces: [UnsafeMutableRawBufferPointer] = []

    /// Keeps a copy of what `body` writes; the bytes live as long as the arena.
    func keep(_ body: (inout ByteCursor) -> Void) -> UnsafeRawBufferPointer {
        let bytes = withByteCursor(capacity: 256, body)
        guard !bytes.isEmpty else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        piece.copyBytes(from: bytes)
        pieces.append(piece)
        return UnsafeRawBufferPointer(piece)
    }

    /// Keeps a list of parts.
    func keep(_ parts: [UnsafeRawBufferPointer]) -> UnsafeBufferPointer<UnsafeRawBufferPointer> {
        guard !parts.isEmpty else { return UnsafeBufferPointer(start: nil, count: 0) }
        let size = parts.count * MemoryLayout<UnsafeRawBufferPointer>.stride
        let piece = UnsafeMutableRawBufferPointer.allocate(
            byteCount: size, alignment: MemoryLayout<UnsafeRawBufferPointer>.alignment)
        pieces.append(piece)
        let list = piece.bindMemory(to: UnsafeRawBufferPointer.self)
        _ = list.initialize(from: parts)
        return UnsafeBufferPointer(list)
    }

    deinit {
        for piece in pieces { piece.deallocate() }
    }
}

extension ByteCursor {
    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if let base = bytes.baseAddress { append(base, count: bytes.count) }
    }
}
