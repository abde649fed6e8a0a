import TimeSeries

extension QueryResult {
    /// The `data` object of Prometheus's HTTP API: `{"resultType":"vector","result":[…]}`.
    ///
    /// Values are strings as Go writes them, times are seconds with up to three decimals.
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
                out += "{\"metric\":" + JSONText.labels(sample.labels) + ",\"value\":"
                out += JSONText.sample(sample.timestampMillis, formatPrometheusFloat(sample.value)) + "}"
            }
            out += "]"
        case .matrix(let series):
            out += "\"matrix\",\"result\":["
            for (place, one) in series.enumerated() {
                if place > 0 { out += "," }
                out += "{\"metric\":" + JSONText.labels(one.labels) + ",\"values\":["
                for (index, time) in one.timestamps.enumerated() {
                    if index > 0 { out += "," }
                    out += JSONText.sample(time, formatPrometheusFloat(one.values[index]))
                }
                out += "]}"
            }
            out += "]"
        }
        return out + "}"
    }
}

/// The few JSON forms that results need.
enum JSONText {
    static func sample(_ time: Int64, _ value: String) -> String { "[\(seconds(time)),\"\(value)\"]" }

    /// Milliseconds as seconds, without trailing zeros: `1.5`, `-0.001`, `30`.
    static func seconds(_ millis: Int64) -> String {
        let rest = millis.magnitude % 1000
        let whole = (millis < 0 ? "-" : "") + String(millis.magnitude / 1000)
        if rest == 0 { return whole }
        let digits = String(rest)
        return whole + "." + String(repeating: "0", count: 3 - digits.utf8.count) + digits
    }

    static func labels(_ labels: Labels) -> String {
        "{" + labels.pairs.map { quoted($0.name) + ":" + quoted($0.value) }.joined(separator: ",") + "}"
    }

    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
