extension UnitTestReport {
    /// Several reports in JUnit's XML, of the shape of `promtool test --junit`: a suite for each file, a case for each
    /// test.
    ///
    /// - Parameter unixMillis: when the tests were run.
    public static func junit(_ reports: [UnitTestReport], unixMillis: Int64) -> String {
        let time = String(RFC3339.string(unixMillis: unixMillis.flooredDivision(by: 1_000).quotient * 1_000).dropLast())
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
        for report in reports { text += report.suite(time) }
        return text + "</testsuites>\n"
    }

    private func suite(_ time: String) -> String {
        // A file that cannot be read has no tests; as with promtool one case named unknown stands for it.
        let count = cases.count + (errors.isEmpty ? 0 : 1)
        let failures = cases.reduce(0) { $0 + $1.failures.count }
        var text = "  <testsuite name=\"\(JUnitText.escaped(path))\" tests=\"\(count)\" failures=\"\(failures)\""
        text += " errors=\"\(errors.isEmpty ? 0 : 1)\" skipped=\"0\" timestamp=\"\(time)\">\n"
        if !errors.isEmpty {
            let message = JUnitText.escaped(errors.joined(separator: "\n"))
            text += "    <testcase name=\"unknown\">\n      <error>\(message)</error>\n    </testcase>\n"
        }
        for item in cases { text += UnitTestReport.text(of: item) }
        return text + "  </testsuite>\n"
    }

    private static func text(of item: Case) -> String {
        let seconds = GoFloat.formatted(
            Double(item.durationNanos) / 1e9, verb: UInt8(ascii: "f"), precision: 6)
        let head = "    <testcase name=\"\(JUnitText.escaped(item.name))\" time=\"\(seconds)\""
        if item.failures.isEmpty { return head + "/>\n" }
        let failures = item.failures.map { "      <failure>\(JUnitText.escaped($0.description))</failure>\n" }
        return head + ">\n" + failures.joined() + "    </testcase>\n"
    }
}

/// Text inside XML 1.0.
enum JUnitText {
    /// The text with XML's signs escaped and characters that XML cannot have replaced; so are the codes of colours.
    static func escaped(_ text: String) -> String {
        var out = ""
        var rest = Substring(text).unicodeScalars
        while let scalar = rest.popFirst() {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "\n", "\t": out.unicodeScalars.append(scalar)
            case "\u{1B}" where rest.first == "[":
                while let next = rest.popFirst(), next != "m" {}
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                out += "\u{FFFD}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
