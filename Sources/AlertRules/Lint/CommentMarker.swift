/// `# alert-rules:` in a line of a file, however many blanks stand behind the `#` and in whatever case.
struct CommentMarker {
    let range: Range<String.Index>
    /// Whether it is spelled as documented.
    let isCanonical: Bool

    private static let word = Array("alert-rules:".utf8)

    /// The first of a line.
    init?(in line: String) {
        let bytes = Array(line.utf8)
        guard let place = CommentMarker.place(in: bytes[...]) else { return nil }
        let lower = line.utf8.index(line.startIndex, offsetBy: place.lowerBound)
        range = lower..<line.utf8.index(line.startIndex, offsetBy: place.upperBound)
        isCanonical = line[range] == "# alert-rules:"
    }

    /// Whether a file has one at all.
    static func isIn(_ bytes: [UInt8]) -> Bool { place(in: bytes[...]) != nil }

    private static func place(in bytes: ArraySlice<UInt8>) -> Range<Int>? {
        bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            while start < bytes.count {
                guard let sign = bytes[start...].firstIndex(of: UInt8(ascii: "#")) else { return nil }
                var place = sign + 1
                while place < bytes.count, bytes[place] == UInt8(ascii: " ") || bytes[place] == 9 { place += 1 }
                let rest = bytes[place...].prefix(word.count)
                if rest.count == word.count, zip(rest, word).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 }) {
                    return sign..<place + word.count
                }
                start = sign + 1
            }
            return nil
        }
    }
}
