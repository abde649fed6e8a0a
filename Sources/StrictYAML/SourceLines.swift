/// The text of one file, shared by the nodes of its tree.
///
/// Columns count Unicode scalars. So that a file of one long line costs no more than others, the scalars before every
/// 1,024th byte are counted once.
final class SourceLines: Sendable {
    let bytes: [UInt8]
    /// The first byte of each line; CR LF and LF end a line.
    let starts: [Int]
    /// Scalars that begin before byte 1,024 · index.
    private let counts: [Int]
    private static let stride = 1024
    /// Where a second document begins that holds something.
    let furtherDocument: Place?

    /// 1-based; the column counts Unicode scalars.
    struct Place: Sendable {
        var line: Int
        var column: Int
    }

    init(_ bytes: [UInt8], furtherDocument: Place? = nil) {
        self.furtherDocument = furtherDocument
        self.bytes = bytes
        var starts = [0]
        var counts: [Int] = []
        var count = 0
        bytes.withUnsafeBufferPointer { bytes in
            for place in bytes.indices {
                let byte = bytes[place]
                if place % SourceLines.stride == 0 { counts.append(count) }
                if byte & 0xc0 != 0x80 { count += 1 }
                if byte == UInt8(ascii: "\n") { starts.append(place + 1) }
            }
        }
        counts.append(count)
        self.starts = starts
        self.counts = counts
    }

    /// The byte at a 1-based line and a 1-based column in Unicode scalars; nil outside of the file.
    func offset(line: Int, column: Int) -> Int? {
        guard line >= 1, line <= starts.count, column >= 1 else { return nil }
        let target = scalars(before: starts[line - 1]) + column - 1
        var low = 0
        var high = counts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if counts[middle] <= target { low = middle } else { high = middle }
        }
        var count = counts[low]
        var place = min(low * SourceLines.stride, bytes.count)
        if low == counts.count - 1 { return count == target ? bytes.count : nil }
        while place < bytes.count {
            if bytes[place] & 0xc0 != 0x80 {
                if count == target { return place }
                count += 1
            }
            place += 1
        }
        return count == target ? bytes.count : nil
    }

    func place(ofByte offset: Int) -> (line: Int, column: Int) {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return (low + 1, scalars(before: min(offset, bytes.count)) - scalars(before: starts[low]) + 1)
    }

    private func scalars(before offset: Int) -> Int {
        let block = min(offset / SourceLines.stride, max(0, counts.count - 2))
        let start = block * SourceLines.stride
        return bytes[start..<max(start, offset)].reduce(counts[block]) { $0 + ($1 & 0xc0 == 0x80 ? 0 : 1) }
    }
}
