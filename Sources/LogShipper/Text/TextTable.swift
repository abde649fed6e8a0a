/// Columns for a terminal. Cells are outside input: control characters become dots, so that nothing in a log line can
/// move the cursor, and long ones are cut.
struct TextTable {
    enum Side {
        case left
        case right
    }

    private let sides: [Side]
    private let longest: Int
    private var rows: [[String]]

    /// - Parameters:
    ///   - columns: titles; numbers stand on the right
    ///   - longest: the width at which a cell is cut, in characters
    init(_ columns: [(title: String, side: Side)], longest: Int = 60) {
        sides = columns.map(\.side)
        self.longest = longest
        rows = [columns.map(\.title)]
    }

    mutating func add(_ cells: [String]) { rows.append(cells.map { TextTable.plain($0, longest) }) }

    /// The lines, titles first.
    var lines: [String] {
        let widths = sides.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += sides[column] == .right ? padding + cell : cell + padding
                if column + 1 < row.count { line += "  " }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// Printable text of at most `longest` characters. Characters of more than one scalar may be wide or none at all, so
    /// each scalar counts.
    static func plain(_ text: String, _ longest: Int) -> String {
        var result = ""
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < longest else { return result + "…" }
            let isControl = scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value)
            let isFormat = scalar.properties.generalCategory == .format || scalar.properties.generalCategory == .control
            result.unicodeScalars.append(isControl || isFormat ? "." : scalar)
            count += 1
        }
        return result
    }
}
