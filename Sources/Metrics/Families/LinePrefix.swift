import Exposition

/// Renders what stands before the value in a child's lines, once, when the child is made.
///
/// Of counters and gauges that is `name{a="x",b="y"} `; of histograms and state sets `a="x",b="y"`, because their
/// lines have different names or one label more.
struct LinePrefix: Sendable {
    /// Before each value: the name and `{a="`, then `",b="`, ….
    private let heads: [[UInt8]]
    /// After the last value.
    private let tail: [UInt8]
    /// Bytes of the text without the values.
    let fixedBytes: Int

    init(_ descriptor: FamilyDescriptor) {
        let isWhole = descriptor.kind != .histogram && descriptor.kind != .stateset
        let name = isWhole ? descriptor.name : ""
        heads = descriptor.labels.enumerated().map { position, label in
            let start = position == 0 ? name + (isWhole ? "{" : "") : "\","
            return Array("\(start)\(label)=\"".utf8)
        }
        let end = descriptor.labels.isEmpty ? name : isWhole ? "\"}" : "\""
        tail = Array((isWhole ? end + " " : end).utf8)
        fixedBytes = heads.reduce(tail.count) { $0 + $1.count }
    }

    /// Gives `body` the text for the values of `key`.
    func withText<Result>(
        of key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        // Escaping at most doubles a value.
        let capacity = fixedBytes + 2 * key.count
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(capacity, 1)) { memory in
            var cursor = ByteCursor(memory)
            var position = 0
            LabelKey.forEachValue(of: key) { value in
                guard position < heads.count else { return }
                cursor.append(heads[position])
                cursor.append(escapingLabelValue: value)
                position += 1
            }
            cursor.append(tail)
            return body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<cursor.count]))
        }
    }
}
