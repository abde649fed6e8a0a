import Exposition

/// Renders what stands before the value in a child's lines, once, when the child is made.
///
/// Of counters and gauges that is `name{a="x",b="y"} `; of histograms and state sets `a="x",b="y"`, because their
/// lines have different names or one label more. Names that break the legacy rule are written in several ways, so
/// their families have no such text.
struct LinePrefix: Sendable {
    /// Name and label names, with the place of each value.
    private let fixed: [UInt8]
    /// Where in `fixed` each value belongs.
    private let ends: [Int]

    init(_ descriptor: FamilyDescriptor) {
        var fixed: [UInt8] = []
        var ends: [Int] = []
        if descriptor.hasLegacyNames {
            let isWhole = descriptor.kind != .histogram && descriptor.kind != .stateset
            fixed = isWhole ? Array(descriptor.name.utf8) : []
            for (position, label) in descriptor.labels.enumerated() {
                fixed += (position > 0 ? "\"," : isWhole ? "{" : "").utf8
                fixed += "\(label)=\"".utf8
                ends.append(fixed.count)
            }
            fixed += (descriptor.labels.isEmpty ? "" : isWhole ? "\"}" : "\"").utf8
            if isWhole { fixed.append(UInt8(ascii: " ")) }
        }
        self.fixed = fixed
        self.ends = ends
    }

    /// Bytes of the text without the values.
    var fixedBytes: Int { fixed.count }

    /// Gives `body` the text for the values of `key`.
    func withText<Result>(
        of key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        // Escaping at most doubles a value.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: fixed.count + 2 * key.count + 1) { memory in
            var cursor = ByteCursor(memory)
            fixed.withUnsafeBytes { fixed in
                guard let base = fixed.baseAddress else { return }
                var start = 0
                var position = 0
                LabelKey.forEachValue(of: key) { value in
                    guard position < ends.count else { return }
                    cursor.append(base + start, count: ends[position] - start)
                    cursor.append(escapingLabelValue: value)
                    start = ends[position]
                    position += 1
                }
                cursor.append(base + start, count: fixed.count - start)
            }
            return body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<cursor.count]))
        }
    }
}
