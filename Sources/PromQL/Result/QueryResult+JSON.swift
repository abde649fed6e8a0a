import TimeSeries

extension QueryResult {
    /// The `data` object of Prometheus's HTTP API: `{"resultType":"vector","result":[…]}`.
    ///
    /// Values are strings as Go writes them, times are seconds with up to three decimals; native histograms stand
    /// under `histogram` and `histograms`.
    public func jsonData() -> String {
        var out = "{\"resultType\":"
        switch value {
        case .scalar(let time, let number):
            out += "\"scalar\",\"result\":" + JSONText.sample(time, formatPrometheusFloat(number))
        case .string(let time, let text):
            out += "\"string\",\"result\":[\(JSONText.seconds(time)),\(JSONText.quoted(text))]"
        case .vector(let samples):
            out += "\"vector\",\"result\":["
            for (place, sample) in samples.enumerated() {
                if place > 0 { out += "," }
                out += "{\"metric\":" + JSONText.labels(sample.labels)
                if let histogram = sample.histogram {
                    out += ",\"histogram\":" + JSONText.sample(sample.timestampMillis, histogram) + "}"
                } else {
                    out += ",\"value\":"
                    out += JSONText.sample(sample.timestampMillis, formatPrometheusFloat(sample.value)) + "}"
                }
            }
            out += "]"
        case .matrix(let series):
            out += "\"matrix\",\"result\":["
            var writer = SampleText()
            for one in series { writer.append(one) }
            out += writer.text
            out += "]"
        }
        return out + "}"
    }
}
