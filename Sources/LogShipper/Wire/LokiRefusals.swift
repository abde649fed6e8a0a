/// What Loki says in a 400 about lines that it refused, while it stored the others.
///
/// Its distributor names limits (too old, too long), its ingester a cutoff (too far behind) with a count. An ingester's
/// answer hides a distributor's, and older versions name only the last reason of several.
struct LokiRefusals: Equatable {
    /// Lines before this time were refused; the seconds that Loki prints are rounded down, so one second was added.
    private(set) var cutoffNanos: Int64?
    /// Longer lines were refused.
    private(set) var maxLineBytes: Int?
    /// How many lines the ingester refused and of how many.
    private(set) var ignored: (count: Int, of: Int)?

    init(_ body: [UInt8]) {
        let text = body.prefix(64 << 10)
        for start in LokiRefusals.places(after: "oldest acceptable timestamp is: ", in: text) {
            let time = text[start...].prefix { $0 > 0x20 && $0 != 0x22 && $0 != 0x27 && $0 != 0x2c }
            guard let nanos = Array(time).withUnsafeBytes({ Timestamp.nanos(rfc3339: $0) }) else { continue }
            cutoffNanos = max(cutoffNanos ?? 0, nanos + 1_000_000_000)
        }
        for start in LokiRefusals.places(after: "ax entry size '", in: text) {
            guard let limit = LokiRefusals.number(text[start...]) else { continue }
            maxLineBytes = min(maxLineBytes ?? limit, limit)
        }
        for start in LokiRefusals.places(after: "total ignored: ", in: text) {
            let words = text[start...].prefix(48).split(separator: 0x20)
            guard words.count >= 4, let count = LokiRefusals.number(words[0]), let of = LokiRefusals.number(words[3])
            else { continue }
            ignored = (count, of)
        }
    }

    static func == (left: LokiRefusals, right: LokiRefusals) -> Bool {
        left.cutoffNanos == right.cutoffNanos && left.maxLineBytes == right.maxLineBytes
            && left.ignored?.count == right.ignored?.count && left.ignored?.of == right.ignored?.of
    }

    /// Whether the answer tells which lines it is about.
    var tellsLines: Bool { cutoffNanos != nil || maxLineBytes != nil }

    func covers(nanos: UInt64, bytes: Int) -> Bool {
        if let cutoffNanos, nanos < UInt64(cutoffNanos) { return true }
        return maxLineBytes.map { bytes > $0 } ?? false
    }

    /// What became of the lines that the answer does not cover. They were stored where the ingester saw all lines and its
    /// count is what is covered. Otherwise some may have been refused for a reason that the answer hides: they are sent
    /// once more, and Loki drops what it already has.
    func restWasStored(covered: Int, lineCount: Int) -> Bool {
        ignored.map { $0.of == lineCount && $0.count == covered } ?? false
    }

    private static func places(after marker: StaticString, in text: ArraySlice<UInt8>) -> [Int] {
        let marker = Array(UnsafeBufferPointer(start: marker.utf8Start, count: marker.utf8CodeUnitCount))
        guard text.count >= marker.count else { return [] }
        return (text.startIndex...(text.endIndex - marker.count)).filter { text[$0...].starts(with: marker) }
            .map { $0 + marker.count }
    }

    private static func number(_ text: ArraySlice<UInt8>) -> Int? {
        Int(String(decoding: text.prefix { (0x30...0x39).contains($0) }, as: UTF8.self))
    }
}
