import TimeSeries

extension FuzzChecks {
    /// A TSDB block: two lengths of 16 bits, the index, a segment of chunks, tombstones; no checksum is compared, so
    /// that damage reaches what lies behind. Columns are in order, memory is bounded, a part is a part of the whole.
    public static func block(_ bytes: [UInt8]) -> String? {
        guard bytes.count >= 4 else { return nil }
        let rest = bytes.dropFirst(4)
        let index = rest.prefix(Int(bytes[0]) << 8 | Int(bytes[1]))
        let segment = rest.dropFirst(index.count).prefix(Int(bytes[2]) << 8 | Int(bytes[3]))
        let tombstones = rest.dropFirst(index.count + segment.count)
        let meta = Array("{\"version\":1,\"minTime\":-9223372036854775808,\"maxTime\":9223372036854775807}".utf8)
        guard
            let folder = try? BlockFolder(
                path: "b", meta: meta, index: Array(index), segments: [Array(segment)],
                tombstones: tombstones.isEmpty ? nil : Array(tombstones), checksChecksums: false)
        else { return nil }
        _ = try? folder.timeSpan()
        _ = folder.labelValues(of: "x")
        // The lists of series may lie, and without checksums nobody would know.
        _ = try? folder.select(
            [LabelMatcher(name: "x", equal: "1"), LabelMatcher(name: "y", equal: "")], from: .min, through: .max)
        guard let all = try? folder.select([], from: .min, through: .max) else { return nil }
        if all.reduce(0, { $0 + $1.count }) > 16 * segment.count + 70_000 { return "too many samples" }
        for series in all {
            if zip(series.timestamps, series.timestamps.dropFirst()).contains(where: >=) { return "no order" }
            if series.values.count != series.count { return "columns of different lengths" }
            for place in series.timestamps.indices
            where series.values[place].isHistogramMarker && series.histogram(at: place) == nil {
                return "a number that says it's a histogram"
            }
        }
        return nil
    }
}
