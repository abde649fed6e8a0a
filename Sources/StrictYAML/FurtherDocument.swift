/// Finds what stands behind a file's first document.
enum FurtherDocument {
    /// Where a second document begins that holds something, be it right or wrong; nil where there is none.
    static func place(in bytes: [UInt8], file: String) throws(YAMLError) -> SourceLines.Place? {
        guard mayHoldSeveral(bytes) else { return nil }
        let events = try EventReader(source: SourceLines(bytes), file: file)
        var documents = 0
        do {
            while true {
                let event = try events.next()
                switch event.kind {
                case .streamEnd: return nil
                case .documentStart: documents += 1
                case .streamStart, .documentEnd, .scalar("", .plain): break
                default:
                    if documents > 1 { return SourceLines.Place(line: event.line, column: event.column) }
                }
            }
        } catch {
            // An error of the first document is found again by who reads it.
            return documents > 1 ? SourceLines.Place(line: max(1, error.line), column: max(1, error.column)) : nil
        }
    }

    /// Whether a line begins with `---` or `...` after one that doesn't: most files are spared being read twice.
    private static func mayHoldSeveral(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            var hasContent = false
            var isLineStart = true
            for (place, byte) in bytes.enumerated() {
                if isLineStart {
                    let mark = bytes[place..<min(place + 3, bytes.count)]
                    let isMark = mark.elementsEqual("---".utf8) || mark.elementsEqual("...".utf8)
                    if isMark, hasContent { return true }
                    // "--- a" is a mark with content.
                    hasContent = hasContent || isMark || !(isBreak(byte) || byte == UInt8(ascii: "#"))
                }
                isLineStart = isBreak(byte)
            }
            return false
        }
    }

    /// Whether it may be the last byte of what ends a line for YAML 1.1: LF, CR, NEL, U+2028 and U+2029.
    private static func isBreak(_ byte: UInt8) -> Bool { [0x0a, 0x0d, 0x85, 0xa8, 0xa9].contains(byte) }
}
