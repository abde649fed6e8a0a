/// Columns of text: the first one to the left, the others to the right.
enum TextTable {
    static func lines(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            row.enumerated().map { column, cell in
                column == 0 ? pad(cell, to: widths[0]) : pad(cell, to: widths[column], left: true)
            }.joined(separator: "  ")
        }
    }

    static func pad(_ text: String, to width: Int, left: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return left ? space + text : text + space
    }

    /// `01:05`.
    static func clock(_ seconds: Double) -> String {
        let whole = Int(max(0, min(seconds, 359_999)))
        let rest = whole % 60
        return "\(whole / 60 < 10 ? "0" : "")\(whole / 60):\(rest < 10 ? "0" : "")\(rest)"
    }

    /// At most two digits behind the point.
    static func short(_ number: Double) -> String {
        guard let hundredths = Int(exactly: (number * 100).rounded()) else { return "\(number)" }
        if hundredths % 100 == 0 { return "\(hundredths / 100)" }
        return "\(Double(hundredths) / 100)"
    }
}
