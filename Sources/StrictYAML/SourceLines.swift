/// The text of one file, shared by the nodes of its tree.
final class SourceLines: Sendable {
    let bytes: [UInt8]
    /// The first byte of each line; CR LF and LF end a line.
    let starts: [Int]

    init(_ text: String) {
        bytes = Array(text.utf8)
        var starts = [0]
        for (place, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(place + 1) }
        self.starts = starts
    }

    /// The byte at a 1-based line and a 1-based column in Unicode scalars; nil outside of the file.
    func offset(line: Int, column: Int) -> Int? {
        guard line >= 1, line <= starts.count, column >= 1 else { return nil }
        var place = starts[line - 1]
        for _ in 1..<column {
            guard place < bytes.count else { return nil }
            place += 1
            while place < bytes.count, bytes[place] & 0xc0 == 0x80 { place += 1 }
        }
        return place
    }

    func place(ofByte offset: Int) -> (line: Int, column: Int) {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        let before = bytes[starts[low]..<min(max(starts[low], offset), bytes.count)]
        return (low + 1, before.reduce(1) { $0 + ($1 & 0xc0 == 0x80 ? 0 : 1) })
    }
}
