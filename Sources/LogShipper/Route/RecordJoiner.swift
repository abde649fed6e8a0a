/// Puts the lines of one record together: joined by line feeds, or by blanks where it is JSON over several lines, which
/// is the same text then. Carriage returns at line ends, empty lines at the end and NULs at the start are left out.
final class RecordJoiner {
    private let joined = GrowableBytes()
    private let wrapped = GrowableBytes()

    /// The record's text; valid until the next call.
    ///
    /// - Parameters:
    ///   - lines: several lines with their line feeds, the last one perhaps without
    ///   - wraps: text of several lines becomes `{"message": text}`
    func join(_ lines: UnsafeRawBufferPointer, wraps: Bool) -> (text: UnsafeRawBufferPointer, isJSON: Bool) {
        let lines = UnsafeRawBufferPointer(rebasing: lines[(lines.firstIndex { $0 != 0 } ?? lines.endIndex)...])
        let isJSON = lines.first == 0x7b
        joined.count = 0
        var kept = 0
        for line in lines.split(separator: 0x0a, omittingEmptySubsequences: false) {
            if joined.count > 0 { joined.append(isJSON ? 0x20 : 0x0a) }
            let text = line.last == 0x0d ? line.dropLast() : line
            joined.append(UnsafeRawBufferPointer(rebasing: text))
            if !text.isEmpty { kept = joined.count }
        }
        joined.count = kept
        guard wraps, !isJSON, joined.bytes.contains(0x0a) else { return (joined.bytes, isJSON) }
        wrapped.count = 0
        wrapped.append("{\"message\":\"")
        _ = JSONEscape.appendContent(joined.bytes, to: wrapped)
        wrapped.append("\"}")
        return (wrapped.bytes, true)
    }
}
