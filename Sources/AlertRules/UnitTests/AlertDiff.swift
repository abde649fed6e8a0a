import TimeSeries

/// The coloured difference of two lists of alerts, of the shape that promtool's `--diff` prints: indented JSON, green
/// what is only there, red what is only expected, yellow what differs.
struct AlertDiff {
    private indirect enum Value {
        case text(String)
        case list([Value])
        case object([(key: String, value: Value)])
    }

    private enum Colour: String {
        case added = "\u{1B}[0;32m"
        case removed = "\u{1B}[0;31m"
        case changed = "\u{1B}[0;33m"
    }

    private let isColoured: Bool
    private static let indent = "    "
    /// Depth at which the diff stands in a failure.
    private static let margin = "            "

    /// The text, for the place behind `diff: `.
    static func text(expected: [ComparedAlert], got: [ComparedAlert], isColoured: Bool) -> String {
        let diff = AlertDiff(isColoured: isColoured)
        return diff.compared(value(of: expected), value(of: got), level: 0)
    }

    /// An empty list is shown as one empty alert, as promtool does.
    private static func value(of alerts: [ComparedAlert]) -> Value {
        if alerts.isEmpty { return .list([.object([("Annotations", .object([])), ("Labels", .object([]))])]) }
        return .list(
            alerts.map { .object([("Annotations", object($0.annotations)), ("Labels", object($0.labels))]) })
    }

    private static func object(_ pairs: TextPairs) -> Value {
        .object(pairs.pairs.map { ($0.name, .text($0.text)) })
    }

    private func compared(_ expected: Value, _ got: Value, level: Int) -> String {
        switch (expected, got) {
        case (.text(let left), .text(let right)):
            let quoted = GoQuote.quoted(left)
            return left == right ? quoted : coloured(.changed, quoted + " => " + GoQuote.quoted(right))
        case (.list(let left), .list(let right)):
            let items = (0..<max(left.count, right.count)).map { index in
                item("", index < left.count ? left[index] : nil, index < right.count ? right[index] : nil, level + 1)
            }
            return framed("[", items, "]", level: level)
        case (.object(let left), .object(let right)):
            let names = Set(left.map(\.key)).union(right.map(\.key)).sorted { ByteOrder.compare($0, $1) < 0 }
            let items = names.map { name in
                item(
                    GoQuote.quoted(name) + ": ", left.first { $0.key == name }?.value,
                    right.first { $0.key == name }?.value, level + 1)
            }
            return framed("{", items, "}", level: level)
        default: return ""
        }
    }

    private func item(_ key: String, _ expected: Value?, _ got: Value?, _ level: Int) -> String {
        switch (expected, got) {
        case (let expected?, let got?): key + compared(expected, got, level: level)
        case (let expected?, nil): coloured(.removed, key + plain(expected, level: level))
        case (nil, let got?): coloured(.added, key + plain(got, level: level))
        case (nil, nil): ""
        }
    }

    private func plain(_ value: Value, level: Int) -> String {
        switch value {
        case .text(let text): GoQuote.quoted(text)
        case .list(let items): framed("[", items.map { plain($0, level: level + 1) }, "]", level: level)
        case .object(let pairs):
            framed(
                "{", pairs.map { GoQuote.quoted($0.key) + ": " + plain($0.value, level: level + 1) }, "}", level: level)
        }
    }

    private func framed(_ open: String, _ items: [String], _ close: String, level: Int) -> String {
        if items.isEmpty { return open + close }
        let line = "\n" + AlertDiff.margin + String(repeating: AlertDiff.indent, count: level)
        return open + line + AlertDiff.indent + items.joined(separator: "," + line + AlertDiff.indent) + line + close
    }

    /// Each line has its own colour codes.
    private func coloured(_ colour: Colour, _ text: String) -> String {
        guard isColoured else { return mark(colour) + text }
        return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
            let blanks = index == 0 ? 0 : line.prefix { $0 == " " }.count
            return String(line.prefix(blanks)) + colour.rawValue + line.dropFirst(blanks) + "\u{1B}[0m"
        }.joined(separator: "\n")
    }

    /// Without colours a sign has to say what is only there and what is only expected.
    private func mark(_ colour: Colour) -> String {
        switch colour {
        case .added: "+ "
        case .removed: "- "
        case .changed: ""
        }
    }
}
