/// A string as a key, compared and hashed by its UTF-8.
///
/// Swift's own equality is that of Unicode: "é" as one code point and as two would be the same label value, which to
/// Prometheus are two.
package struct ExactText: Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: ExactText, right: ExactText) -> Bool { left.text.hasSameBytes(as: right.text) }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(UInt8(0xff))
    }
}

extension String {
    /// True when both strings have the same UTF-8, which equality by Unicode does not ask for.
    @inline(__always)
    package func hasSameBytes(as other: String) -> Bool {
        other.utf8.withContiguousStorageIfAvailable { hasSameBytes(as: UnsafeRawBufferPointer($0)) }
            ?? utf8.elementsEqual(other.utf8)
    }
}

extension [(name: String, value: String)] {
    /// True when both lists have the same names and values in the same order, byte by byte.
    package func hasSameBytes(as other: [(name: String, value: String)]) -> Bool {
        elementsEqual(other) { $0.name.hasSameBytes(as: $1.name) && $0.value.hasSameBytes(as: $1.value) }
    }
}
