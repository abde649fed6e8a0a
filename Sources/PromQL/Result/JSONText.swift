import TimeSeries

/// The few JSON forms that results, reports and Alertmanager's API need.
package enum JSONText {
    package static func sample(_ time: Int64, _ value: String) -> String { "[\(seconds(time)),\"\(value)\"]" }

    /// Milliseconds as seconds, without trailing zeros: `1.5`, `-0.001`, `30`.
    package static func seconds(_ millis: Int64) -> String {
        let rest = millis.magnitude % 1000
        let whole = (millis < 0 ? "-" : "") + String(millis.magnitude / 1000)
        if rest == 0 { return whole }
        let digits = String(rest)
        return whole + "." + String(repeating: "0", count: 3 - digits.utf8.count) + digits
    }

    package static func labels(_ labels: Labels) -> String {
        "{" + labels.pairs.map { quoted($0.name) + ":" + quoted($0.value) }.joined(separator: ",") + "}"
    }

    package static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        if isPlain { return "\"" + text + "\"" }
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
