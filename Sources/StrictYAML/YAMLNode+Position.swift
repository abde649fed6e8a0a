extension YAMLNode {
    /// The place in the file of a place inside this scalar's text, so that an error inside an expression points into
    /// the file.
    ///
    /// - Parameters:
    ///   - textLine: 1-based line inside ``scalarText``.
    ///   - textColumn: 1-based column inside that line, in Unicode scalars.
    /// - Returns: 1-based line and column of the file. Exact for plain, quoted (without escapes) and `|` scalars and
    ///   for `>` scalars without blank lines; else the scalar's own place.
    public func position(textLine: Int, textColumn: Int) -> (line: Int, column: Int) {
        guard case .scalar(let text, let style) = content, textLine >= 1, textColumn >= 1 else { return (line, column) }
        if style != .block, textLine == 1, !spansLines {
            return (line, column + (style == .quoted ? 1 : 0) + textColumn - 1)
        }
        if style == .block, isLiteralBlock {
            return (line + textLine, literalIndent(text) + textColumn)
        }
        return foldedPosition(text, textLine: textLine, textColumn: textColumn)
    }

    private func sourceLine(_ number: Int) -> Substring? {
        number >= 1 && number <= sourceLines.lines.count ? sourceLines.lines[number - 1] : nil
    }

    private func indent(ofLine number: Int) -> Int {
        sourceLine(number)?.prefix { $0 == " " }.count ?? 0
    }

    /// What YAML strips from every line of a `|` scalar: the first line's indent, less what is left of it in the text.
    private func literalIndent(_ text: String) -> Int {
        var number = line + 1
        while let source = sourceLine(number), source.allSatisfy({ $0 == " " }) { number += 1 }
        let first = text.split(separator: "\n").first ?? ""
        return max(0, indent(ofLine: number) - first.prefix { $0 == " " }.count)
    }

    private var isLiteralBlock: Bool {
        sourceLine(line)?.unicodeScalars.dropFirst(column - 1).first == "|"
    }

    /// Whether the text of a plain or quoted scalar runs over several lines of the file: its first line then holds
    /// less than the whole text.
    private var spansLines: Bool {
        guard let text = scalarText, let first = sourceLine(line) else { return false }
        let rest = String(String.UnicodeScalarView(first.unicodeScalars.dropFirst(column - 1)))
        return rest.unicodeScalars.count < text.unicodeScalars.count
    }

    /// Walks the file's lines, each of which folding joined to the next by one character.
    private func foldedPosition(_ text: String, textLine: Int, textColumn: Int) -> (line: Int, column: Int) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard textLine <= lines.count else { return (line, column) }
        var offset = lines.prefix(textLine - 1).reduce(0) { $0 + $1.unicodeScalars.count + 1 } + textColumn - 1
        var number = isBlock ? line + 1 : line
        var start = isBlock ? indent(ofLine: number) : column - 1 + (isQuoted ? 1 : 0)
        while let source = sourceLine(number) {
            let length = source.unicodeScalars.count - start
            if offset <= length || number - line > lines.count + text.utf8.count { return (number, start + offset + 1) }
            offset -= length + 1
            number += 1
            start = indent(ofLine: number)
        }
        return (line, column)
    }

    private var isBlock: Bool {
        if case .scalar(_, .block) = content { return true }
        return false
    }
}
