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
            var start = 0
            var hasContent = false
            while start < bytes.count {
                let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
                let mark = bytes[start..<min(start + 3, end)]
                let isMark = mark.elementsEqual("---".utf8) || mark.elementsEqual("...".utf8)
                if isMark, hasContent { return true }
                // "--- a" is a mark with content.
                hasContent = hasContent || isMark || !(mark.isEmpty || mark.first == UInt8(ascii: "#"))
                start = end + 1
            }
            return false
        }
    }
}
