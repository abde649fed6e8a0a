#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Reads a file of dead letters from its start, in pieces of bounded size. Letters are outside input: what is none is
/// counted and passed over.
final class DeadLetterReader {
    /// The longest letter: a line of 64 MiB in base64, and what stands around it.
    static let maxLetterBytes = 96 << 20
    private static let pieceBytes = 256 << 10

    /// Lines that were no letters: torn by a crash, too long, or somebody else's.
    private(set) var skipped = 0
    private let descriptor: OpenDescriptor
    private let path: String
    private var offset: Int64
    private var piece: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    private var isInsideLongLine = false

    /// - Parameter offset: where a letter begins
    /// - Throws: when the file cannot be opened.
    init(_ path: String, at offset: Int64 = 0) throws(SystemError) {
        self.offset = offset
        descriptor = try FileShell.open(path).descriptor
        self.path = path
    }

    /// The next letter with the bytes of its line; nil at the end.
    func next() throws(SystemError) -> (letter: DeadLetter, text: ArraySlice<UInt8>)? {
        while let line = try nextLine() {
            guard !line.isEmpty else { continue }
            if let letter = line.withUnsafeBytes({ DeadLetter.parse($0) }) { return (letter, line) }
            skipped += 1
        }
        return nil
    }

    /// The next line; one without a line feed at the end counts as a line, and is torn unless it happens to be whole.
    private func nextLine() throws(SystemError) -> ArraySlice<UInt8>? {
        var searched = start
        while true {
            if let feed = lineFeed(from: searched) {
                let line = piece[start..<feed]
                start = feed + 1
                guard isInsideLongLine else { return line }
                isInsideLongLine = false
                searched = start
                continue
            }
            if isAtEnd {
                defer { start = piece.count }
                return start < piece.count && !isInsideLongLine ? piece[start...] : nil
            }
            dropLongLine()
            piece.removeFirst(start)
            start = 0
            searched = piece.count
            try readPiece()
        }
    }

    private func lineFeed(from index: Int) -> Int? {
        piece.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, index < bytes.count,
                let feed = memchr(base + index, 0x0a, bytes.count - index)
            else { return nil }
            return base.distance(to: UnsafeRawPointer(feed))
        }
    }

    private func dropLongLine() {
        guard piece.count - start > DeadLetterReader.maxLetterBytes else { return }
        if !isInsideLongLine { skipped += 1 }
        isInsideLongLine = true
        start = piece.count
    }

    private func readPiece() throws(SystemError) {
        guard let more = FileShell.bytes(descriptor, at: offset, count: DeadLetterReader.pieceBytes) else {
            throw SystemError("pread", path)
        }
        offset += Int64(more.count)
        isAtEnd = more.isEmpty
        piece += more
    }

    /// How many letters a file has; what cannot be read has none.
    static func count(_ path: String) -> Int {
        guard let reader = try? DeadLetterReader(path) else { return 0 }
        var count = 0
        while (try? reader.next()) != nil { count += 1 }
        return count
    }
}
