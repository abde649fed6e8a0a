import PromQL

/// A generated query that knows its parts, so that a failing one can be made smaller.
struct QueryTree: CustomStringConvertible {
    enum Piece {
        case text(String)
        /// May be left out.
        case optional(String)
        case child(QueryTree)
    }

    var type: ValueType
    var pieces: [Piece]

    init(_ type: ValueType, _ pieces: [Piece]) {
        self.type = type
        self.pieces = pieces
    }

    /// A call of a function or an operator in function form.
    static func call(_ type: ValueType, _ name: String, _ arguments: [QueryTree]) -> QueryTree {
        var pieces: [Piece] = [.text(name + "(")]
        for (place, argument) in arguments.enumerated() {
            if place > 0 { pieces.append(.text(", ")) }
            pieces.append(.child(argument))
        }
        return QueryTree(type, pieces + [.text(")")])
    }

    var description: String {
        pieces.map { piece in
            switch piece {
            case .text(let text), .optional(let text): text
            case .child(let tree): tree.description
            }
        }.joined()
    }

    /// The parts of a type, itself left out.
    private func parts(of type: ValueType) -> [QueryTree] {
        pieces.flatMap { piece -> [QueryTree] in
            guard case .child(let tree) = piece else { return [] }
            return (tree.type == type ? [tree] : []) + tree.parts(of: type)
        }
    }

    /// Smaller queries of the same type, the smallest first.
    var smaller: [QueryTree] {
        var found = parts(of: type)
        for (place, piece) in pieces.enumerated() {
            switch piece {
            case .text: break
            case .optional:
                var copy = self
                copy.pieces.remove(at: place)
                found.append(copy)
            case .child(let child):
                found += child.smaller.map { smaller in
                    var copy = self
                    copy.pieces[place] = .child(smaller)
                    return copy
                }
            }
        }
        return found.sorted { $0.description.utf8.count < $1.description.utf8.count }
    }

    /// The smallest query that still fails, found greedily within a number of attempts.
    func shrunk(attempts: Int = 300, _ fails: (QueryTree) -> Bool) -> QueryTree {
        var best = self
        var rest = attempts
        var improved = true
        while improved {
            improved = false
            for candidate in best.smaller where rest > 0 {
                rest -= 1
                if fails(candidate) {
                    best = candidate
                    improved = true
                    break
                }
            }
        }
        return best
    }
}
