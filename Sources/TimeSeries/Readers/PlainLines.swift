#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Takes from a text what editors of other systems add: a byte order mark at the start, and the carriage return before
/// each line feed.
struct PlainLines {
    /// U+FEFF in UTF-8.
    static let mark: [UInt8] = [0xef, 0xbb, 0xbf]

    private var markBytes: Int
    private let dropsReturns: Bool
    /// Whether the piece before ended with a carriage return.
    private var holdsReturn = false
    private var buffer: [UInt8] = []

    /// - Parameter beginning: the text's first bytes. Carriage returns before line feeds are dropped when there is one among them.
    init(beginning: ArraySlice<UInt8>) {
        markBytes = beginning.starts(with: PlainLines.mark) ? PlainLines.mark.count : 0
        dropsReturns = beginning.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map { memchr($0, 13, bytes.count) != nil } ?? false
        }
    }

    /// Hands over a piece without them.
    mutating func pass(
        _ piece: UnsafeRawBufferPointer, to body: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        let skipped = min(markBytes, piece.count)
        markBytes -= skipped
        let piece = UnsafeRawBufferPointer(rebasing: piece[skipped...])
        guard dropsReturns else { return try body(piece) }
        guard let base = piece.baseAddress, !piece.isEmpty else { return }
        buffer.removeAll(keepingCapacity: true)
        if holdsReturn, piece[0] != 10 { buffer.append(13) }
        holdsReturn = false
        var start = 0
        while start < piece.count, let found = memchr(base + start, 13, piece.count - start) {
            let place = UnsafeRawPointer(found) - base
            buffer.append(contentsOf: piece[start..<place])
            if place + 1 == piece.count {
                holdsReturn = true
            } else if piece[place + 1] != 10 {
                buffer.append(13)
            }
            start = place + 1
        }
        buffer.append(contentsOf: piece[start...])
        try buffer.withUnsafeBytes(body)
    }
}
