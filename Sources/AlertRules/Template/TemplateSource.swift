/// Positions in a template's text, as Go reports them.
enum TemplateSource {
    /// Bytes between the start of the line and `position`.
    static func column(of position: Int, in text: String) -> Int {
        let before = text.utf8.prefix(position)
        guard let newline = before.lastIndex(of: 0x0A) else { return before.count }
        return before.distance(from: newline, to: before.endIndex) - 1
    }

    /// 1-based.
    static func line(of position: Int, in text: String) -> Int {
        text.utf8.prefix(position).reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
    }
}
