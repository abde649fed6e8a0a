extension YAMLNode {
    /// The place in the file of a place inside this scalar's text, so that an error inside an expression points into
    /// the file.
    ///
    /// - Parameters:
    ///   - textLine: 1-based line inside ``scalarText``.
    ///   - textColumn: 1-based column inside that line, in Unicode scalars.
    /// - Returns: 1-based line and column of the file; the scalar's own place where the text can't be found in the file
    ///   (a tag on a line of its own, say).
    public func position(textLine: Int, textColumn: Int) -> (line: Int, column: Int) {
        guard let text = scalarText, textLine >= 1, textColumn >= 1, let source = scalarSource else {
            return (line, column)
        }
        var offset = 0
        var rest = textLine - 1
        let bytes = Array(text.utf8)
        while rest > 0, let end = bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) {
            offset = end + 1
            rest -= 1
        }
        guard rest == 0 else { return (line, column) }
        for _ in 1..<textColumn where offset < bytes.count {
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xc0 == 0x80 { offset += 1 }
        }
        return sourceLines.place(ofByte: source.fileOffset(ofTextByte: offset))
    }
}
