import PromQL
import StrictYAML

/// A comment of an expression that goes on over lines which YAML has joined with it.
struct SwallowingComment {
    /// Bytes of the expression's text.
    let range: Range<Int>
    /// The beginning of the text that it swallows.
    let swallowed: String
    /// 1-based, in the file.
    let place: (line: Int, column: Int)

    /// The first in an expression; nil where there is none, as in every `|` block.
    init?(in node: YAMLNode) {
        guard let text = node.scalarText, text.utf8.contains(UInt8(ascii: "#")), let source = node.scalarSource,
            source.style != .literal
        else { return nil }
        let bytes = Array(text.utf8)
        for comment in Expression.comments(in: text) {
            var place = comment.lowerBound
            for next in comment where bytes[next] > 0x20 {
                let joint = source.fileOffset(ofTextByte: place)..<source.fileOffset(ofTextByte: next)
                // What is a comment itself loses nothing.
                if bytes[next] != UInt8(ascii: "#"), node.fileBytes[joint].contains(UInt8(ascii: "\n")) {
                    range = comment
                    self.place = node.filePlace(ofByte: source.fileOffset(ofTextByte: comment.lowerBound))
                    swallowed = String(String(decoding: bytes[next..<comment.upperBound], as: UTF8.self).prefix(40))
                    return
                }
                place = next
            }
        }
        return nil
    }
}
