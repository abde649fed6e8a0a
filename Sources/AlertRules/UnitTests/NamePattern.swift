/// One part of a path as a pattern: `*`, `?`, `[a-z]`, `[^a-z]` and `\`, by the rules of Go's `filepath.Match`.
struct NamePattern: Sendable {
    private enum Item: Sendable {
        case one(Unicode.Scalar)
        case anyOne
        case anyRun
        case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)
    }

    private let items: [Item]

    /// Nil when the pattern is malformed, as in `[a`.
    init?(_ text: some StringProtocol) {
        var rest = Array(text.unicodeScalars)[...]
        var items: [Item] = []
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*": items.append(.anyRun)
            case "?": items.append(.anyOne)
            case "[":
                guard let set = NamePattern.set(&rest) else { return nil }
                items.append(set)
            case "\\":
                guard let escaped = rest.popFirst() else { return nil }
                items.append(.one(escaped))
            default: items.append(.one(scalar))
            }
        }
        self.items = items
    }

    private static func set(_ rest: inout ArraySlice<Unicode.Scalar>) -> Item? {
        let isNegated = rest.first == "^"
        if isNegated { rest.removeFirst() }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while true {
            if rest.first == "]", !ranges.isEmpty {
                rest.removeFirst()
                return .set(ranges, isNegated: isNegated)
            }
            guard let low = member(&rest) else { return nil }
            var high = low
            if rest.first == "-" {
                rest.removeFirst()
                guard let end = member(&rest) else { return nil }
                high = end
            }
            // A range the wrong way round holds nothing; a pattern with it is still one.
            if low <= high { ranges.append(low...high) } else { ranges.append("\u{0}"..."\u{0}") }
        }
    }

    private static func member(_ rest: inout ArraySlice<Unicode.Scalar>) -> Unicode.Scalar? {
        guard let scalar = rest.popFirst(), scalar != "-", scalar != "]" else { return nil }
        return scalar == "\\" ? rest.popFirst() : scalar
    }

    /// Whether the pattern has no special sign.
    var isPlain: Bool {
        items.allSatisfy { item in
            if case .one = item { return true }
            return false
        }
    }

    /// The text of a pattern without special signs.
    var literal: String {
        var text = String.UnicodeScalarView()
        for case .one(let scalar) in items { text.append(scalar) }
        return String(text)
    }

    /// Whether the whole name matches; a star is widened only as far as needed, so the time is bounded by the product
    /// of both lengths.
    func matches(_ name: String) -> Bool {
        let scalars = Array(name.unicodeScalars)
        var (item, place) = (0, 0)
        var star: (item: Int, place: Int)?
        while place < scalars.count {
            if item < items.count, case .anyRun = items[item] {
                star = (item, place)
                item += 1
            } else if item < items.count, accepts(items[item], scalars[place]) {
                item += 1
                place += 1
            } else if let last = star {
                star = (last.item, last.place + 1)
                item = last.item + 1
                place = last.place + 1
            } else {
                return false
            }
        }
        return items[item...].allSatisfy { item in
            if case .anyRun = item { return true }
            return false
        }
    }

    private func accepts(_ item: Item, _ scalar: Unicode.Scalar) -> Bool {
        switch item {
        case .one(let wanted): wanted == scalar
        case .anyOne: true
        case .anyRun: false
        case .set(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
        }
    }
}
