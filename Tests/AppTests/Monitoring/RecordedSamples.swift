import Foundation

/// Raw samples of the real Prometheus, written as OpenMetrics with their timestamps.
struct RecordedSamples {
    private var families: [String: [QueryData.Series]] = [:]

    /// Adds the result of a raw query such as `m[10m]`.
    mutating func add(_ data: QueryData) {
        for series in data.result { families[series.metric["__name__"] ?? "", default: []].append(series) }
    }

    var sampleCount: Int { families.values.joined().reduce(0) { $0 + $1.points.count } }

    /// Every metric is its own family of the type unknown, so that names with any suffix are allowed.
    func openMetrics() -> String {
        var lines: [String] = []
        for (name, series) in families.sorted(by: { $0.key < $1.key }) {
            lines.append("# TYPE \(name) unknown")
            for one in series.sorted(by: { $0.name < $1.name }) {
                let labels = one.metric.filter { $0.key != "__name__" }.sorted { $0.key < $1.key }
                let text = labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
                for point in one.points {
                    lines.append("\(name){\(text)} \(point.text) \(String(format: "%.3f", point.seconds))")
                }
            }
        }
        return lines.joined(separator: "\n") + "\n# EOF\n"
    }

    private static func escaped(_ value: String) -> String {
        value.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
            .replacingOccurrences(of: "\n", with: "\\n")
    }
}
