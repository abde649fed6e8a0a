import Foundation
import TimeSeries

/// Writes blocks for tests, with any encoding of chunks, as tsdb/docs/format states them.
struct BlockWriter {
    struct Chunk {
        var encoding: UInt8
        var data: [UInt8]
        var span: ClosedRange<Int64>
    }

    private(set) var segment: [UInt8] = BlockBytes.be32(0x85bd_40dd) + [1, 0, 0, 0]
    private var series: [(labels: Labels, chunks: [(span: ClosedRange<Int64>, reference: UInt64)])] = []
    private var tombstones: [UInt8] = []
    /// Says of the index's version what isn't true.
    var version: UInt8 = 2
    /// Lets every list of series be that of all series, which isn't true.
    var repeatsLists = false

    /// Adds a series; series come in the order of their labels.
    mutating func add(_ labels: Labels, _ chunks: [Chunk]) {
        var places: [(ClosedRange<Int64>, UInt64)] = []
        for chunk in chunks {
            places.append((chunk.span, UInt64(segment.count)))
            segment += BlockBytes.uvarint(UInt64(chunk.data.count)) + [chunk.encoding] + chunk.data
            segment += BlockBytes.crc([chunk.encoding] + chunk.data)
        }
        series.append((labels, places))
    }

    /// Adds a series that refers to the chunks of the one before.
    mutating func repeatLast(_ labels: Labels) { series.append((labels, series[series.count - 1].chunks)) }

    /// The numbers that the series get in the index.
    func numbers() -> [UInt32] { layout().numbers }

    mutating func delete(_ number: UInt32, _ span: ClosedRange<Int64>) {
        tombstones += BlockBytes.uvarint(UInt64(number)) + BlockBytes.varint(span.lowerBound)
        tombstones += BlockBytes.varint(span.upperBound)
    }

    var tombstoneBytes: [UInt8] { BlockBytes.be32(0x0130_ba30) + [1] + tombstones + BlockBytes.crc(tombstones) }

    var meta: String {
        let spans = series.flatMap(\.chunks).map(\.span)
        let (first, last) = (spans.map(\.lowerBound).min() ?? 0, spans.map(\.upperBound).max() ?? 0)
        return """
            {"ulid": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "minTime": \(first), "maxTime": \(last + 1),
            "stats": {"numSamples": 1, "text": "\\"}", "list": [1, [2.5e3], null]}, "version": 1}
            """
    }

    var index: [UInt8] { layout().bytes }

    private func layout() -> (bytes: [UInt8], numbers: [UInt32]) {
        var out = BlockBytes.be32(0xbaaa_d700) + [version]
        let texts = Set(series.flatMap { $0.labels.pairs.flatMap { [$0.name, $0.value] } })
        let symbols = texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let places = Dictionary(uniqueKeysWithValues: zip(symbols, 0...))
        let symbolsAt = out.count
        out += BlockBytes.section(BlockBytes.be32(UInt32(symbols.count)) + symbols.flatMap(BlockBytes.counted))
        var numbers: [UInt32] = []
        let seriesAt = out.count
        for one in series {
            while out.count % 16 != 0 { out.append(0) }
            numbers.append(UInt32(out.count / 16))
            var body = BlockBytes.uvarint(UInt64(one.labels.count))
            for pair in one.labels.pairs {
                for text in [pair.name, pair.value] { body += BlockBytes.uvarint(UInt64(places[text] ?? 0)) }
            }
            body += BlockBytes.uvarint(UInt64(one.chunks.count)) + BlockWriter.chunks(one.chunks)
            out += BlockBytes.uvarint(UInt64(body.count)) + body + BlockBytes.crc(body)
        }
        var postings: [Label: [UInt32]] = [:]
        for (one, number) in zip(series, numbers) {
            for pair in one.labels.pairs { postings[pair, default: []].append(number) }
        }
        let postingsAt = out.count
        var table: [UInt8] = []
        let lists =
            [(Label(name: "", value: ""), numbers)] + postings.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        for (label, list) in lists {
            table += [2] + BlockBytes.counted(label.name) + BlockBytes.counted(label.value)
            table += BlockBytes.uvarint(UInt64(repeatsLists ? postingsAt : out.count))
            out += BlockBytes.section(BlockBytes.be32(UInt32(list.count)) + list.flatMap(BlockBytes.be32))
        }
        let tableAt = out.count
        out += BlockBytes.section(BlockBytes.be32(UInt32(lists.count)) + table)
        let contents = [symbolsAt, seriesAt, 0, 0, postingsAt, tableAt].flatMap { BlockBytes.be64(UInt64($0)) }
        return (out + contents + BlockBytes.crc(contents), numbers)
    }

    private static func chunks(_ chunks: [(span: ClosedRange<Int64>, reference: UInt64)]) -> [UInt8] {
        var out: [UInt8] = []
        var before: (last: Int64, reference: UInt64)?
        for chunk in chunks {
            if let before {
                out += BlockBytes.uvarint(UInt64(bitPattern: chunk.span.lowerBound &- before.last))
            } else {
                out += BlockBytes.varint(chunk.span.lowerBound)
            }
            out += BlockBytes.uvarint(UInt64(chunk.span.upperBound - chunk.span.lowerBound))
            if let before {
                out += BlockBytes.varint(Int64(bitPattern: chunk.reference &- before.reference))
            } else {
                out += BlockBytes.uvarint(chunk.reference)
            }
            before = (chunk.span.upperBound, chunk.reference)
        }
        return out
    }

    /// Writes all files into a folder.
    func write(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder + "/chunks", withIntermediateDirectories: true)
        for (name, bytes) in [
            ("meta.json", Array(meta.utf8)), ("index", index), ("chunks/000001", segment),
            ("tombstones", tombstoneBytes),
        ] {
            try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
    }
}
