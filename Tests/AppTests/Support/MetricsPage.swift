import TestSupport

/// The samples of a Prometheus text page, read without this project's own parser.
struct MetricsPage {
    struct Sample {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    let text: String
    let samples: [Sample]

    init(port: Int) throws {
        let reply = try request("GET", "/metrics", port: port)
        guard reply.status == 200 else { throw Absent(what: "/metrics answers \(reply.status)") }
        self.init(text: reply.text)
    }

    init(text: String) {
        self.text = text
        samples = text.split(separator: "\n").compactMap { Self.sample(String($0)) }
    }

    /// The sum of all samples of a name whose labels contain the given ones.
    func sum(_ name: String, _ labels: [String: String] = [:]) -> Double {
        matching(name, labels).reduce(0) { $0 + $1.value }
    }

    /// The samples of a name whose labels contain the given ones.
    func matching(_ name: String, _ labels: [String: String] = [:]) -> [Sample] {
        samples.filter { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }
    }

    private static func sample(_ line: String) -> Sample? {
        guard !line.hasPrefix("#"), let nameEnd = line.firstIndex(where: { $0 == "{" || $0 == " " }) else { return nil }
        var rest = line[nameEnd...]
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            while let equals = rest.firstIndex(of: "="), rest.first != "}" {
                let name = rest[..<equals].trimmingPrefix(",")
                let (value, after) = quoted(rest[rest.index(after: equals)...].dropFirst())
                labels[String(name)] = value
                rest = after
            }
            rest = rest.dropFirst()
        }
        guard let number = rest.split(separator: " ").first.flatMap({ Double($0) }) else { return nil }
        return Sample(name: String(line[..<nameEnd]), labels: labels, value: number)
    }

    /// The text up to the closing quote, unescaped, and what stands behind the quote.
    private static func quoted(_ text: Substring) -> (String, Substring) {
        var value = ""
        var index = text.startIndex
        while index < text.endIndex, text[index] != "\"" {
            if text[index] == "\\", text.index(after: index) < text.endIndex {
                index = text.index(after: index)
                value.append(text[index] == "n" ? "\n" : text[index])
            } else {
                value.append(text[index])
            }
            index = text.index(after: index)
        }
        return (value, index < text.endIndex ? text[text.index(after: index)...] : "")
    }
}
