/// Something found in a text that is to be replaced.
struct TextHit: Equatable {
    var start: Int
    var end: Int
    /// The number of the rule that found it.
    var rule: Int
}

/// What stands in the place of a hit.
enum Replacement {
    static let mask: StaticString = "***"
    static let hashPrefix: StaticString = "hmac:"
    /// The prefix and 16 digits.
    static let hashBytes = 21

    /// Whether a range holds nothing but what a replacement put there, so that replacing again changes nothing.
    static func covers(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool {
        if text[start..<end].allSatisfy({ $0 == 0x2a }) { return true }
        var first = max(0, end - hashBytes)
        while first <= start {
            if isHash(text, at: first) { return end <= first + hashBytes }
            first += 1
        }
        return false
    }

    static func isHash(_ text: UnsafeRawBufferPointer, at first: Int) -> Bool {
        guard text.count - first >= hashBytes, text[first] == 0x68, text[first + 1] == 0x6d, text[first + 2] == 0x61,
            text[first + 3] == 0x63, text[first + 4] == 0x3a
        else { return false }
        return text[(first + 5)..<(first + hashBytes)].allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
        }
    }

    /// Whether a text is a replacement as a whole.
    static func isWhole(_ text: UnsafeRawBufferPointer) -> Bool {
        text.elementsEqual([0x2a, 0x2a, 0x2a]) || text.count == hashBytes && isHash(text, at: 0)
    }
}
