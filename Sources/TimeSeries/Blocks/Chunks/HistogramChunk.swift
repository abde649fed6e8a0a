/// Native histograms of one layout, their counts whole numbers or floating point.
enum HistogramChunk {
    /// Decodes a chunk.
    ///
    /// - Parameter hasStarts: the header is that of chunks with start timestamps.
    static func decode(
        _ data: UnsafeRawBufferPointer, isFloat: Bool, hasStarts: Bool, into columns: ChunkColumns
    ) -> String? {
        guard var count = ChunkDecoder.count(data, headerBytes: 3) else { return ChunkDecoder.broken }
        let flags = hasStarts ? data[0] >> 6 : data[2] >> 6
        if hasStarts { count &= 0x3fff }
        if count == 0 { return nil }
        // A time, two counts and a sum take four bits at least.
        guard count <= data.count * 2 else { return "\(count) histograms in \(data.count) bytes" }
        var reader = BitReader(data, from: 3)
        guard let layout = HistogramLayout(&reader) else { return "the layout of the histograms contradicts itself" }
        columns.reserve(count)
        let starts = ChunkStarts(header: hasStarts ? data[2] : 0)
        if isFloat {
            return readAll(FloatHistogramCounts(layout), count, flags, layout, starts, &reader, columns)
        }
        return readAll(WholeHistogramCounts(layout), count, flags, layout, starts, &reader, columns)
    }

    private static func readAll<Counts: HistogramCounts>(
        _ empty: Counts, _ count: Int, _ flags: UInt8, _ layout: HistogramLayout, _ noStarts: ChunkStarts,
        _ reader: inout BitReader, _ columns: ChunkColumns
    ) -> String? {
        var (counts, starts) = (empty, noStarts)
        var (time, delta): (Int64, Int64) = (0, 0)
        for place in 0..<count {
            let before = time
            if place == 0 { time = reader.varbitInt() } else { delta &+= reader.varbitInt() }
            time &+= delta
            counts.readNext(&reader, isFirst: place == 0)
            starts.readNext(&reader, place, time: time, before: before)
            if reader.failed { return ChunkDecoder.broken }
            if counts.sum.isStaleMarker {
                columns.append(time, staleMarker, startedAt: starts.start)
            } else {
                let histogram = FloatHistogram(
                    schema: layout.schema, zeroThreshold: layout.zeroThreshold, zeroCount: counts.zeroCount,
                    count: counts.count, sum: counts.sum, positive: Counts.buckets(layout.positive, counts.positive),
                    negative: Counts.buckets(layout.negative, counts.negative), customBounds: layout.customBounds,
                    hint: hint(flags, isFirst: place == 0))
                columns.append(time, histogram, startedAt: starts.start)
            }
        }
        return nil
    }

    private static func hint(_ flags: UInt8, isFirst: Bool) -> FloatHistogram.CounterResetHint {
        if flags == 0b11 { return .gauge }
        if !isFirst || flags == 0b01 { return .notReset }
        return flags == 0b10 ? .reset : .unknown
    }
}

/// The counts of the histogram read last.
private protocol HistogramCounts {
    associatedtype Bucket
    var count: Double { get }
    var zeroCount: Double { get }
    var sum: Double { get }
    var positive: [Bucket] { get }
    var negative: [Bucket] { get }
    mutating func readNext(_ reader: inout BitReader, isFirst: Bool)
    static func buckets(_ places: [Int32], _ counts: [Bucket]) -> [FloatHistogram.IndexedCount]
}

/// Whole counts: differences of differences; those of buckets also from bucket to bucket.
private struct WholeHistogramCounts: HistogramCounts {
    struct Bucket {
        var value: Int64 = 0
        private var delta: Int64 = 0

        @inline(__always)
        mutating func add(_ change: Int64) {
            delta &+= change
            value &+= delta
        }
    }

    private var countChange = Bucket()
    private var zeroChange = Bucket()
    private var sumChange = XORValue()
    private(set) var positive: [Bucket]
    private(set) var negative: [Bucket]

    init(_ layout: HistogramLayout) {
        positive = [Bucket](repeating: Bucket(), count: layout.positive.count)
        negative = [Bucket](repeating: Bucket(), count: layout.negative.count)
    }

    var count: Double { Double(UInt64(bitPattern: countChange.value)) }
    var zeroCount: Double { Double(UInt64(bitPattern: zeroChange.value)) }
    var sum: Double { Double(bitPattern: sumChange.bits) }

    mutating func readNext(_ reader: inout BitReader, isFirst: Bool) {
        if isFirst {
            countChange.value = Int64(bitPattern: reader.varbitUInt())
            zeroChange.value = Int64(bitPattern: reader.varbitUInt())
            sumChange.bits = reader.readLong(64)
            for place in positive.indices { positive[place].value = reader.varbitInt() }
            for place in negative.indices { negative[place].value = reader.varbitInt() }
            return
        }
        countChange.add(reader.varbitInt())
        zeroChange.add(reader.varbitInt())
        sumChange.readNext(&reader)
        // A stale sample has no buckets.
        if sumChange.bits == staleMarker.bitPattern { return }
        for place in positive.indices { positive[place].add(reader.varbitInt()) }
        for place in negative.indices { negative[place].add(reader.varbitInt()) }
    }

    static func buckets(_ places: [Int32], _ counts: [Bucket]) -> [FloatHistogram.IndexedCount] {
        var out: [FloatHistogram.IndexedCount] = []
        out.reserveCapacity(places.count)
        var current: Int64 = 0
        for (index, change) in zip(places, counts) {
            current &+= change.value
            out.append(FloatHistogram.IndexedCount(index: index, count: Double(current)))
        }
        return out
    }
}

/// Counts that are floating point numbers: the bits that changed.
private struct FloatHistogramCounts: HistogramCounts {
    private var countChange = XORValue()
    private var zeroChange = XORValue()
    private var sumChange = XORValue()
    private(set) var positive: [XORValue]
    private(set) var negative: [XORValue]

    init(_ layout: HistogramLayout) {
        positive = [XORValue](repeating: XORValue(), count: layout.positive.count)
        negative = [XORValue](repeating: XORValue(), count: layout.negative.count)
    }

    var count: Double { Double(bitPattern: countChange.bits) }
    var zeroCount: Double { Double(bitPattern: zeroChange.bits) }
    var sum: Double { Double(bitPattern: sumChange.bits) }

    mutating func readNext(_ reader: inout BitReader, isFirst: Bool) {
        if isFirst {
            countChange.bits = reader.readLong(64)
            zeroChange.bits = reader.readLong(64)
            sumChange.bits = reader.readLong(64)
            for place in positive.indices { positive[place].bits = reader.readLong(64) }
            for place in negative.indices { negative[place].bits = reader.readLong(64) }
            return
        }
        countChange.readNext(&reader)
        zeroChange.readNext(&reader)
        sumChange.readNext(&reader)
        if sumChange.bits == staleMarker.bitPattern { return }
        for place in positive.indices { positive[place].readNext(&reader) }
        for place in negative.indices { negative[place].readNext(&reader) }
    }

    static func buckets(_ places: [Int32], _ counts: [XORValue]) -> [FloatHistogram.IndexedCount] {
        zip(places, counts).map { FloatHistogram.IndexedCount(index: $0, count: Double(bitPattern: $1.bits)) }
    }
}
