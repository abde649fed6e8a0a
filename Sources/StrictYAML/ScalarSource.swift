/// How and where a scalar stands in its file, so that an editor can replace it and a message can point into it.
public struct ScalarSource: Sendable {
    /// The five ways to write a scalar.
    public enum Style: Sendable {
        /// Without quotes.
        case plain
        /// `'…'`
        case singleQuoted
        /// `"…"`
        case doubleQuoted
        /// `|`, line by line.
        case literal
        /// `>`, lines joined.
        case folded
    }

    /// How it is written.
    public let style: Style
    /// Its bytes in the file: from the first character (quote or block indicator) up to the last one of its content; a
    /// block's last line break lies outside.
    public let range: Range<Int>
    /// A block's indicators, as `|2-`; empty for the other styles.
    public let header: Range<Int>
    /// Spaces before a block's lines; 0 for the other styles.
    public let contentIndent: Int
    /// For each byte of the text, and for its end, the byte of the file that stands for it.
    let offsets: [Int]

    /// The byte of the file that a byte of the scalar's text comes from; an offset beyond the text is its end.
    public func fileOffset(ofTextByte offset: Int) -> Int { offsets[min(max(0, offset), offsets.count - 1)] }
}

extension YAMLNode {
    /// Where the scalar stands; nil for lists, mappings, empty scalars, and where the file's bytes can't be brought
    /// into agreement with the text.
    public var scalarSource: ScalarSource? {
        guard let text = scalarText, !text.isEmpty, let start = sourceLines.offset(line: line, column: column) else {
            return nil
        }
        var aligner = ScalarAligner(bytes: sourceLines.bytes, text: Array(text.utf8), place: start)
        return aligner.align()
    }

    /// The bytes of the file, shared by all nodes.
    public var fileBytes: [UInt8] { sourceLines.bytes }

    /// The first character of a list or mapping after its anchor and tag: `{` and `[` mean flow style.
    public var isFlowCollection: Bool {
        guard case .scalar = content else {
            guard let start = sourceLines.offset(line: line, column: column) else { return true }
            var aligner = ScalarAligner(bytes: sourceLines.bytes, text: [], place: start)
            aligner.skipProperties()
            return aligner.byte == UInt8(ascii: "{") || aligner.byte == UInt8(ascii: "[")
        }
        return false
    }

    /// 1-based line, and column in Unicode scalars, of a byte of the file.
    public func filePlace(ofByte offset: Int) -> (line: Int, column: Int) { sourceLines.place(ofByte: offset) }
}
