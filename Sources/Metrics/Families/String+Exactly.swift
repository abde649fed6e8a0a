import Exposition

extension String {
    /// True when the bytes are the same.
    func isExactly(_ other: String) -> Bool { hasSameBytes(as: other) }
}

extension [String] {
    /// True when all elements have the same bytes.
    func isExactly(_ other: [String]) -> Bool {
        count == other.count && zip(self, other).allSatisfy { $0.isExactly($1) }
    }

    /// The position of the element with these bytes.
    func firstIndex(ofExactly text: String) -> Int? { firstIndex { $0.isExactly(text) } }
}
