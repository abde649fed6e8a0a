#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Sorts many label sets by keys of bytes that are made once, instead of comparing their strings again and again.
package enum LabelOrder {
    /// The places of the label sets in ascending order; nil when they ascend already.
    package static func places(of labels: [Labels]) -> [Int]? {
        if !zip(labels, labels.dropFirst()).contains(where: { $1 < $0 }) { return nil }
        let keys = Keys(labels)
        if keys.isAmbiguous { return labels.indices.sorted { labels[$0] < labels[$1] } }
        return keys.sorted()
    }

    /// Names and values, each with a zero byte behind it: `memcmp` of two keys is the order of the label sets, as long
    /// as no string contains that byte.
    private struct Keys {
        private struct Key {
            /// The first eight bytes, big end first.
            let head: UInt64
            let start: Int
            let count: Int
            let place: Int
        }

        private var bytes: [UInt8] = []
        private var keys: [Key] = []
        private(set) var isAmbiguous = false

        init(_ labels: [Labels]) {
            keys.reserveCapacity(labels.count)
            for (place, one) in labels.enumerated() {
                let start = bytes.count
                for pair in one.pairs {
                    append(pair.name)
                    append(pair.value)
                }
                // Padding for the head.
                let end = bytes.count
                while bytes.count < start + 8 { bytes.append(0) }
                let head = bytes[start..<(start + 8)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                keys.append(Key(head: head, start: start, count: end - start, place: place))
            }
        }

        private mutating func append(_ text: String) {
            var text = text
            text.withUTF8 { utf8 in
                if utf8.contains(0) { isAmbiguous = true }
                bytes.append(contentsOf: utf8)
            }
            bytes.append(0)
        }

        func sorted() -> [Int] {
            bytes.withUnsafeBufferPointer { bytes in
                guard let base = bytes.baseAddress else { return [] }
                return keys.sorted { left, right in
                    if left.head != right.head { return left.head < right.head }
                    let order = memcmp(base + left.start, base + right.start, min(left.count, right.count))
                    return order == 0 ? left.count < right.count : order < 0
                }.map(\.place)
            }
        }
    }
}
