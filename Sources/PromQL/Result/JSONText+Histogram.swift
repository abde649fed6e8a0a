import TimeSeries

extension JSONText {
    /// `[time,{"count":"4","sum":"5.5","buckets":[[0,"0.5","1","3"]]}]`, empty buckets left out.
    ///
    /// A bucket's first element says which bounds belong to it: 0 the upper, 1 the lower, 2 none, 3 both.
    package static func sample(_ time: Int64, _ histogram: FloatHistogram) -> String {
        var out = "[\(seconds(time)),{\"count\":\(number(histogram.count)),\"sum\":\(number(histogram.sum))"
        var isFirst = true
        for position in 0..<histogram.bucketCount where histogram.count(at: position) != 0 {
            let bucket = histogram.bucket(at: position)
            out += isFirst ? ",\"buckets\":[[" : ",["
            isFirst = false
            let rule = bucket.includesLower ? (bucket.includesUpper ? 3 : 1) : (bucket.includesUpper ? 0 : 2)
            out += "\(rule),\(number(bucket.lower)),\(number(bucket.upper)),\(number(bucket.count))]"
        }
        return out + (isFirst ? "}]" : "]}]")
    }

    /// A number in quotes, with an exponent where Go's encoder for the API uses one.
    private static func number(_ value: Double) -> String {
        let magnitude = abs(value)
        let usesExponent = magnitude != 0 && magnitude < 1e-6
        return "\"" + (usesExponent || magnitude >= 1e21 ? formatGoFloat(value) : formatPrometheusFloat(value)) + "\""
    }
}
