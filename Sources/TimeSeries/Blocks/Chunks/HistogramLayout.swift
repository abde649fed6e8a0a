/// What the histograms of a chunk have in common: the schema, which buckets there are, the bounds.
struct HistogramLayout {
    let schema: Int32
    let zeroThreshold: Double
    /// The buckets' places in the schema.
    let positive: [Int32]
    let negative: [Int32]
    let customBounds: [Double]

    /// Reads the layout; nil when it contradicts itself or claims more than the data could hold.
    init?(_ reader: inout BitReader) {
        zeroThreshold = HistogramLayout.zeroThreshold(&reader)
        guard let schema = Int32(exactly: reader.varbitInt()) else { return nil }
        self.schema = schema
        let isCustom = schema == FloatHistogram.customSchema
        guard isCustom || FloatHistogram.standardSchemas.contains(schema), zeroThreshold >= 0, zeroThreshold.isFinite,
            let positiveSpans = HistogramLayout.spans(&reader), let negativeSpans = HistogramLayout.spans(&reader),
            let bounds = isCustom ? HistogramLayout.bounds(&reader) : []
        else { return nil }
        customBounds = bounds
        let half = FloatHistogram.mostBuckets / 2
        let range = isCustom ? 0...bounds.count : -half...half
        guard let positive = HistogramLayout.places(positiveSpans, within: range, most: reader.left),
            let negative = HistogramLayout.places(negativeSpans, within: range, most: reader.left),
            !reader.failed, !isCustom || negative.isEmpty
        else { return nil }
        self.positive = positive
        self.negative = negative
    }

    /// Zero, a power of two in a byte, or any number behind the byte 255.
    private static func zeroThreshold(_ reader: inout BitReader) -> Double {
        switch reader.read(8) {
        case 0: 0
        case 255: Double(bitPattern: reader.readLong(64))
        case let exponent: Double(sign: .plus, exponent: Int(exponent) - 244, significand: 1)
        }
    }

    private static func spans(_ reader: inout BitReader) -> [(offset: Int32, length: Int)]? {
        let count = reader.varbitUInt()
        // A span takes two bits at least.
        guard count <= UInt64(reader.left / 2) else { return nil }
        var spans: [(offset: Int32, length: Int)] = []
        for place in 0..<Int(count) {
            guard let length = Int32(exactly: reader.varbitUInt()), let offset = Int32(exactly: reader.varbitInt()),
                place == 0 || offset >= 0
            else { return nil }
            spans.append((offset, Int(length)))
        }
        return spans
    }

    private static func places(
        _ spans: [(offset: Int32, length: Int)], within range: ClosedRange<Int>, most: Int
    ) -> [Int32]? {
        var places: [Int32] = []
        var index = 0
        for span in spans {
            index += Int(span.offset)
            if span.length == 0 { continue }
            // A bucket of the first sample takes a bit at least.
            guard span.length <= most - places.count, range.contains(index), range.contains(index + span.length - 1)
            else { return nil }
            for _ in 0..<span.length {
                places.append(Int32(truncatingIfNeeded: index))
                index += 1
            }
        }
        return places
    }

    /// Upper bounds: thousandths plus one, or 0 and a floating point number behind it.
    private static func bounds(_ reader: inout BitReader) -> [Double]? {
        let count = reader.varbitUInt()
        guard count <= UInt64(reader.left) else { return nil }
        var bounds: [Double] = []
        for _ in 0..<Int(count) {
            let thousandths = reader.varbitUInt()
            let bound = thousandths == 0 ? Double(bitPattern: reader.readLong(64)) : Double(thousandths - 1) / 1000
            guard bound.isFinite, bounds.last.map({ $0 < bound }) ?? true else { return nil }
            bounds.append(bound)
        }
        return bounds
    }
}
