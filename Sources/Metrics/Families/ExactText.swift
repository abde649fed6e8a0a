/// A string that is the same only when its bytes are.
///
/// Swift compares strings by canonical equivalence: "é" is "e" with a combining accent. To everybody who reads an
/// exposition they are two label values.
struct ExactText: Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: ExactText, right: ExactText) -> Bool { left.text.isExactly(right.text) }

    func hash(into hasher: inout Hasher) {
        let wasContiguous: Void? = text.utf8.withContiguousStorageIfAvailable { utf8 in
            hasher.combine(bytes: UnsafeRawBufferPointer(utf8))
        }
        if wasContiguous == nil { for byte in text.utf8 { hasher.combine(bytes: byte) } }
        hasher.combine(UInt8(0xff))
    }
}

extension Hasher {
    /// One byte as the same byte of a buffer.
    fileprivate mutating func combine(bytes byte: UInt8) {
        withUnsafeBytes(of: byte) { combine(bytes: $0) }
    }
}

extension String {
    /// True when the bytes are the same.
    func isExactly(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension [String] {
    /// True when all elements have the same bytes.
    func isExactly(_ other: [String]) -> Bool {
        count == other.count && zip(self, other).allSatisfy { $0.isExactly($1) }
    }

    /// The position of the element with these bytes.
    func firstIndex(ofExactly text: String) -> Int? { firstIndex { $0.isExactly(text) } }
}
