import Foundation

/// The `data` object of Prometheus's HTTP API, which `alert-rules query` prints too.
struct QueryData: Decodable {
    /// One series: an instant's value is a series of one point.
    struct Series: Decodable {
        var metric: [String: String]
        var points: [Point]

        private enum CodingKeys: String, CodingKey {
            case metric
            case value
            case values
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            metric = try container.decode([String: String].self, forKey: .metric)
            if container.contains(.value) {
                points = [try container.decode(Point.self, forKey: .value)]
            } else {
                points = try container.decode([Point].self, forKey: .values)
            }
        }

        /// The labels in order, as one text.
        var name: String { metric.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",") }
    }

    /// `[seconds, "value"]`
    struct Point: Decodable {
        var seconds: Double
        var text: String

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            seconds = try container.decode(Double.self)
            text = try container.decode(String.self)
        }

        /// The value; Prometheus writes infinity with a sign.
        var value: Double { Double(text.replacingOccurrences(of: "Inf", with: "inf")) ?? .nan }
    }

    var resultType: String
    var result: [Series]

    private enum CodingKeys: String, CodingKey {
        case resultType
        case result
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        resultType = try container.decode(String.self, forKey: .resultType)
        if resultType == "scalar" {
            let point = try container.decode(Point.self, forKey: .result)
            let json = Data(#"{"metric":{},"value":[\#(point.seconds),"\#(point.text)"]}"#.utf8)
            result = [try JSONDecoder().decode(Series.self, from: json)]
        } else {
            result = try container.decode([Series].self, forKey: .result)
        }
    }

    /// What differs from another answer, in words; nil when nothing does. Values may differ in the last bits, since the
    /// order of a sum isn't specified.
    ///
    /// - Parameter ignored: Labels that are not compared.
    func difference(from other: QueryData, ignoring ignored: Set<String> = []) -> String? {
        if resultType != other.resultType { return "\(resultType) is not \(other.resultType)" }
        let left = sorted(without: ignored)
        let right = other.sorted(without: ignored)
        if left.map(\.name) != right.map(\.name) { return "series \(left.map(\.name)) are not \(right.map(\.name))" }
        for (one, two) in zip(left, right) {
            if one.points.count != two.points.count {
                return "\(one.name): \(one.points.count) points are not \(two.points.count)"
            }
            for (a, b) in zip(one.points, two.points) where !Self.areEqual(a, b) {
                return "\(one.name): \(a) is not \(b)"
            }
        }
        return nil
    }

    private func sorted(without ignored: Set<String>) -> [Series] {
        result.map { series in
            var series = series
            series.metric = series.metric.filter { !ignored.contains($0.key) }
            return series
        }.sorted { $0.name < $1.name }
    }

    private static func areEqual(_ a: Point, _ b: Point) -> Bool {
        guard abs(a.seconds - b.seconds) < 0.000_5 else { return false }
        if a.value.isNaN || b.value.isNaN { return a.value.isNaN && b.value.isNaN }
        return a.value == b.value || abs(a.value - b.value) <= 1e-12 * max(abs(a.value), abs(b.value))
    }
}
