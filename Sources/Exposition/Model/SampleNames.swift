/// The names of the samples of a histogram or summary, kept as long as the family does not change.
struct SuffixedNames {
    private var family = ""
    private var last = (bucket: "_bucket", sum: "_sum", count: "_count")

    mutating func names(of family: String) -> (bucket: String, sum: String, count: String) {
        if !family.hasSameBytes(as: self.family) {
            self.family = family
            last = (family + "_bucket", family + "_sum", family + "_count")
        }
        return last
    }
}

/// The text of bucket bounds and quantiles in OpenMetrics' canonical form; the metrics of a family have the same ones.
struct BoundTexts {
    private static let maxTexts = 1024

    private var known: [(bound: UInt64, text: String)] = []

    mutating func text(of bound: Double, at index: Int) -> String {
        if index < known.count, known[index].bound == bound.bitPattern { return known[index].text }
        let bytes = withByteCursor(capacity: 32) { $0.append(bound, style: .openMetrics) }
        let text = String(decoding: bytes, as: UTF8.self)
        if index < known.count {
            known[index] = (bound.bitPattern, text)
        } else if index == known.count, index < BoundTexts.maxTexts {
            known.append((bound.bitPattern, text))
        }
        return text
    }
}
