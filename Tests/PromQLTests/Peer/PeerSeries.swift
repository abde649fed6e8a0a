import TimeSeries

/// A series of an HTTP API's answer.
struct PeerSeries {
    /// A sample that is a native histogram, as the API shows it.
    struct Histogram {
        var count: Double
        var sum: Double
        /// Rule of the bounds, bounds and count.
        var buckets: [[Double]]
    }

    var labels: Labels
    var floats: [(time: Int64, value: Double)]
    var histograms: [(time: Int64, value: Histogram)]

    /// An element of a matrix or vector.
    init(_ json: JSONValue) {
        var pairs: [(String, String)] = []
        if case .object(let entries)? = json["metric"] { pairs = entries.map { ($0.key, $0.value.text ?? "") } }
        labels = Labels(pairs)
        let values = json["values"]?.items ?? json["value"].map { [$0] } ?? []
        floats = values.map { (PeerSeries.millis($0.items.first), PeerSeries.float($0.items.last)) }
        let samples = json["histograms"]?.items ?? json["histogram"].map { [$0] } ?? []
        histograms = samples.map { (PeerSeries.millis($0.items.first), PeerSeries.histogram($0.items.last)) }
    }

    static func float(_ json: JSONValue?) -> Double {
        switch json?.text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case let text: text.flatMap(Double.init) ?? .nan
        }
    }

    private static func millis(_ json: JSONValue?) -> Int64 { Int64((float(json) * 1_000).rounded()) }

    private static func histogram(_ json: JSONValue?) -> Histogram {
        Histogram(
            count: float(json?["count"]), sum: float(json?["sum"]),
            buckets: json?["buckets"]?.items.map { $0.items.map { float($0) } } ?? [])
    }
}
