/// Lines that come out of a spool: a frame's content, checked.
struct SpooledBlock: Equatable {
    struct Line: Equatable {
        var source: Int
        var offset: Int64
        /// Where the line stands in the block's bytes, without its line feed.
        var range: Range<Int>
    }

    let closedWallNanos: Int64
    let sources: [SpoolSource]
    private let bytes: [UInt8]
    private let all: [Line]
    /// The leading lines that are done already.
    private var doneLines = 0

    /// Nil where the bytes are not what `SpoolBlock` writes.
    init?(_ payload: [UInt8]) {
        let parsed = payload.withUnsafeBytes { SpooledBlock.parse($0) }
        guard let parsed else { return nil }
        (closedWallNanos, sources, all) = parsed
        bytes = payload
    }

    var lines: ArraySlice<Line> { all[doneLines...] }

    /// Of all lines, also of those that are done.
    var amount: SpoolAmount {
        SpoolAmount(lines: UInt64(all.count), bytes: all.reduce(0) { $0 + UInt64($1.range.count + 1) })
    }

    /// How much the first lines are of those that are left.
    func amount(ofFirst count: Int) -> SpoolAmount {
        SpoolAmount(lines: UInt64(count), bytes: lines.prefix(count).reduce(0) { $0 + UInt64($1.range.count + 1) })
    }

    mutating func removeFirst(_ count: Int) { doneLines = min(all.count, doneLines + max(0, count)) }

    /// Calls `body` with every line that is left.
    func forEachLine(_ body: (_ line: UnsafeRawBufferPointer, _ source: Int, _ offset: Int64) -> Void) {
        bytes.withUnsafeBytes { bytes in
            for line in lines { body(UnsafeRawBufferPointer(rebasing: bytes[line.range]), line.source, line.offset) }
        }
    }

    private static func parse(_ payload: UnsafeRawBufferPointer) -> (Int64, [SpoolSource], [Line])? {
        var reader = SpoolReader(payload)
        guard let closed = reader.integer(Int64.self), let sources = sources(&reader), let count = reader.count()
        else { return nil }
        var lines: [Line] = []
        // A line takes at least four bytes here, so a count that lies asks for little.
        lines.reserveCapacity(min(count, reader.left / 4))
        var ends = Array(repeating: Int64(0), count: sources.count)
        var start = 0
        for _ in 0..<count {
            guard let source = reader.varint(), source < UInt64(sources.count), let length = reader.count(),
                let step = reader.signedVarint()
            else { return nil }
            let offset = ends[Int(source)] &+ step
            lines.append(Line(source: Int(source), offset: offset, range: start..<(start + length)))
            ends[Int(source)] = offset &+ Int64(length) &+ 1
            start += length + 1
            guard start <= payload.count else { return nil }
        }
        guard start == reader.left else { return nil }
        let base = reader.index
        for index in lines.indices {
            let range = lines[index].range
            lines[index].range = (base + range.lowerBound)..<(base + range.upperBound)
        }
        return (closed, sources, lines)
    }

    private static func sources(_ reader: inout SpoolReader) -> [SpoolSource]? {
        guard let count = reader.count() else { return nil }
        var sources: [SpoolSource] = []
        for _ in 0..<count {
            guard let path = reader.text(), let key = reader.integer(UInt64.self) else { return nil }
            sources.append(SpoolSource(path: path, key: key))
        }
        return sources
    }
}
