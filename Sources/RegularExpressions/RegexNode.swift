/// A parsed regular expression.
indirect enum RegexNode: Hashable, Sendable {
    /// A condition on the place, without width.
    enum Assertion: Hashable, Sendable {
        case textStart
        case textEnd
        case lineStart
        case lineEnd
        case wordBoundary
        case noWordBoundary
    }

    case empty
    case set(ScalarSet)
    case assertion(Assertion)
    case concatenation([RegexNode])
    case alternation([RegexNode])
    case repetition(RegexNode, least: Int, most: Int?, isGreedy: Bool)
    case capture(index: Int, RegexNode)

    /// Whether it can match without consuming anything.
    var matchesEmpty: Bool {
        switch self {
        case .empty, .assertion: true
        case .set: false
        case .concatenation(let parts): parts.allSatisfy(\.matchesEmpty)
        case .alternation(let parts): parts.contains(where: \.matchesEmpty)
        case .repetition(let inner, let least, _, _): least == 0 || inner.matchesEmpty
        case .capture(_, let inner): inner.matchesEmpty
        }
    }

    /// The node where borders of words and lines are everywhere: it matches whatever this one does, and maybe more.
    var withoutBorders: RegexNode {
        switch self {
        case .assertion(let assertion) where assertion != .textStart && assertion != .textEnd: .empty
        case .capture(let index, let inner): .capture(index: index, inner.withoutBorders)
        case .concatenation(let parts): .concatenation(parts.map(\.withoutBorders))
        case .alternation(let parts): .alternation(parts.map(\.withoutBorders))
        case .repetition(let inner, let least, let most, let isGreedy):
            .repetition(inner.withoutBorders, least: least, most: most, isGreedy: isGreedy)
        default: self
        }
    }

    /// The node without capture groups, for questions that are only about which texts match.
    var withoutCaptures: RegexNode {
        switch self {
        case .capture(_, let inner): inner.withoutCaptures
        case .concatenation(let parts): .concatenation(parts.map(\.withoutCaptures))
        case .alternation(let parts): .alternation(parts.map(\.withoutCaptures))
        case .repetition(let inner, let least, let most, let isGreedy):
            .repetition(inner.withoutCaptures, least: least, most: most, isGreedy: isGreedy)
        default: self
        }
    }
}
