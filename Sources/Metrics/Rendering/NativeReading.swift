/// Where native histograms are read into, one after the other.
final class NativeScratch {
    var snapshot = NativeSnapshot()
}

/// The runs of neighbouring buckets as the formats want them: how many to leave out, then how many there are.
///
/// Native histogram specification, "Buckets": the first offset is an index, later ones are gaps. A gap of up to
/// `maxGap` costs less as empty buckets than as another span.
struct NativeSpans: Sequence, IteratorProtocol {
    private let buckets: [NativeBucket]
    private let maxGap: Int64
    private var position = 0
    private var nextIndex: Int64 = 0

    init(_ buckets: [NativeBucket], maxGap: Int64) {
        self.buckets = buckets
        self.maxGap = maxGap
    }

    /// The next span, and which of the buckets are in it.
    mutating func next() -> (offset: Int64, length: Int64, members: Range<Int>)? {
        guard position < buckets.count else { return nil }
        let start = position
        let first = Int64(buckets[start].index)
        var last = first
        position += 1
        while position < buckets.count, Int64(buckets[position].index) - last - 1 <= maxGap {
            last = Int64(buckets[position].index)
            position += 1
        }
        defer { nextIndex = last + 1 }
        return (first - nextIndex, last - first + 1, start..<position)
    }
}

extension NativeSnapshot {
    /// Calls `body` with the count of every bucket of the spans, also of the empty ones within them.
    func forEachCount(_ buckets: [NativeBucket], maxGap: Int64, _ body: (UInt64) -> Void) {
        for span in NativeSpans(buckets, maxGap: maxGap) {
            var index = Int64(buckets[span.members.lowerBound].index)
            for bucket in buckets[span.members] {
                while index < Int64(bucket.index) {
                    body(0)
                    index += 1
                }
                body(bucket.count)
                index += 1
            }
        }
    }
}
