import PromQL
import StrictYAML

/// The edits that format one expression in its file; none where it is formatted already.
struct ExpressionEdits {
    private(set) var edits: [ScalarEdit] = []
    private let node: ExpressionNode
    private let source: ScalarSource
    private let bytes: [UInt8]

    init(_ node: ExpressionNode, _ layout: VerifiedLayout) throws(RuleFileError) {
        self.node = node
        let value = node.value
        bytes = value.fileBytes
        guard let source = value.scalarSource, let text = value.scalarText else {
            throw RuleFileError(at: value, "the expression can't be found in the file's bytes, so it is left as it is")
        }
        if let comment = SwallowingComment(in: value) {
            throw RuleFileError(
                file: value.file, line: comment.place.line, column: comment.place.column,
                message:
                    "YAML joins the lines, so this comment swallows `\(comment.swallowed)`: write the expression as "
                    + "a | block; it is left as it is")
        }
        self.source = source
        let formatted = try layout.formatted(text, value)
        if VerifiedLayout.trimmed(text) == formatted { return }
        let lines = formatted.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.count == 1 {
            edits = isBlock ? block(lines) : [ScalarEdit(range: source.range, text: scalar(lines[0]))]
        } else if node.isInFlow || !(isBlock || isLastOfLine) {
            let line = try layout.oneLine(text, value)
            if line != VerifiedLayout.trimmed(text) { edits = [ScalarEdit(range: source.range, text: scalar(line))] }
        } else {
            edits = isBlock ? block(lines) : newBlock(lines)
        }
    }

    // MARK: Scalars on one line

    private func scalar(_ text: String) -> String {
        switch source.style {
        case .plain where isPlainSafe(text): text
        case .doubleQuoted: "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
        default: "'" + text.flatMap { $0 == "'" ? ["'", "'"] : [$0] } + "'"
        }
    }

    private func isPlainSafe(_ text: String) -> Bool {
        guard let first = text.first, !"-?:,[]{}#&*!|>'\"%@`=<".contains(first) else { return false }
        let isSafe = !text.contains(": ") && !text.contains(" #") && !text.hasSuffix(":")
        return isSafe && (!node.isInFlow || !text.contains { ",[]{}".contains($0) })
    }

    // MARK: Blocks

    private var isBlock: Bool { source.style == .literal || source.style == .folded }

    private func lineEnd(from place: Int) -> Int {
        let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        return end > place && bytes[end - 1] == 0x0d ? end - 1 : end
    }

    /// Whether nothing but a comment follows on the scalar's last line, so that a block may take its place.
    private var isLastOfLine: Bool {
        let rest = bytes[source.range.upperBound..<lineEnd(from: source.range.upperBound)]
        guard let first = rest.first(where: { $0 != UInt8(ascii: " ") && $0 != 9 }) else { return true }
        return first == UInt8(ascii: "#")
    }

    private var newline: String {
        let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? 0
        return end > 0 && bytes[end - 1] == 0x0d ? "\r\n" : "\n"
    }

    private var contentIndent: Int {
        let old = source.contentIndent - node.keyIndent
        return node.keyIndent + (isBlock && (1...9).contains(old) ? old : 2)
    }

    /// `|`, with the indent where the first line starts with spaces, and the old block's chomping.
    private func header(_ lines: [String]) -> String {
        let indicator = lines[0].hasPrefix(" ") ? String(contentIndent - node.keyIndent) : ""
        let old = String(decoding: bytes[source.header], as: UTF8.self)
        return "|" + indicator + old.filter { $0 == "-" || $0 == "+" }
    }

    private func indented(_ lines: [String]) -> String {
        let indent = String(repeating: " ", count: contentIndent)
        return lines.map { $0.isEmpty ? "" : indent + $0 }.joined(separator: newline)
    }

    private func block(_ lines: [String]) -> [ScalarEdit] {
        let content =
            bytes[source.header.upperBound...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
        return [
            ScalarEdit(range: source.header, text: header(lines)),
            ScalarEdit(range: content..<source.range.upperBound, text: indented(lines), isContinued: true),
        ]
    }

    private func newBlock(_ lines: [String]) -> [ScalarEdit] {
        let end = lineEnd(from: source.range.upperBound)
        return [
            ScalarEdit(range: source.range, text: header(lines)),
            ScalarEdit(range: end..<end, text: newline + indented(lines), isContinued: true),
        ]
    }
}
