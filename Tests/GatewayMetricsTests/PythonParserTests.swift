import Exposition
import Foundation
import GatewayMetrics
import TestSupport
import Testing

/// Python's prometheus_client, whose parsers nobody here wrote, reads what we write.
@Suite("Python's prometheus_client", .enabled(if: PythonParser.isPresent, PythonParser.hint))
struct PythonParserTests {
    @Test(
        "reads both text formats of a registry of awkward values and gives back the same values",
        .enabled(if: Conformance.isPresent, "\(Conformance.absence)"))
    func naughtyStrings() throws {
        let naughty = try JSONDecoder().decode([String].self, from: Data(Conformance.bytes("http/blns/blns.json")))
        #expect(naughty.count >= 500)
        let registry = MetricsRegistry(prefix: "t", shards: 1)
        let counters = try registry.counter("t_requests_total", help: "Requests \\ \"\n.", labels: ["tenant", "index"])
        let gauges = try registry.gauge("t_ratio", help: "Ratios.", labels: ["index"])
        let times = try registry.histogram(
            "t_latency_seconds", help: "Latency.", unit: "seconds", labels: ["tenant"], buckets: [0.1, 1, 1e6, 1e7])
        for (index, value) in naughty.enumerated() {
            counters.bind([value, "\(index)"]).increment(by: UInt64(index) << (UInt64(index) % 50))
            times.bind([value]).observe(Double(index) / 7)
        }
        for (index, value) in [0, -0.5, 1e-9, 1e300, .leastNonzeroMagnitude, .infinity, -.infinity, .nan, 0.1 + 0.2]
            .enumerated()
        {
            gauges.bind(["\(index)"]).set(value)
        }
        var expected: [String: Double] = [:]
        registry.forEachSample { name, labels, value in
            expected[PythonParser.key(name, labels.map { ($0.name, $0.value) })] = value
        }
        for (format, module) in [
            (ExpositionFormat.prometheusText004, "prometheus_client.parser"),
            (.openMetrics100, "prometheus_client.openmetrics.parser"),
        ] {
            let samples = try PythonParser.parse(registry.render(format), module: module)
            #expect(samples.count == expected.count, "\(module)")
            for (key, value) in samples {
                let ours = try #require(expected[key], "\(module): \(key)")
                #expect(ours == value || ours.isNaN && value.isNaN, "\(module): \(key)")
            }
        }
    }
}

/// Debian's python3-prometheus-client in a process of its own.
enum PythonParser {
    static let hint: Comment = "prometheus_client isn't installed: apt-get install python3-prometheus-client"
    private static let python = "/usr/bin/python3"

    static var isPresent: Bool {
        (try? ChildProcess.run(python, ["-c", "import prometheus_client"]))?.status == 0
    }

    /// Prints a sample a line: name, labels and value, each as JSON; the value as hexadecimal bits.
    private static let script = """
        import importlib, json, struct, sys
        parser = importlib.import_module(sys.argv[1])
        text = open(sys.argv[2], encoding="utf-8", newline="").read()
        for family in parser.text_string_to_metric_families(text):
            for sample in family.samples:
                bits = struct.unpack("<Q", struct.pack("<d", float(sample.value)))[0]
                labels = [[name, value] for name, value in sample.labels.items()]
                print(json.dumps({"name": sample.name, "labels": labels, "bits": str(bits)}))
        """

    private struct Line: Decodable {
        var name: String
        var labels: [[String]]
        var bits: String
    }

    static func parse(_ page: [UInt8], module: String) throws -> [(key: String, value: Double)] {
        let folder = try TemporaryDirectory("python")
        let file = folder.file("page")
        try Data(page).write(to: URL(fileURLWithPath: file))
        let result = try ChildProcess.run(python, ["-c", script, module, file])
        #expect(result.status == 0, "\(result.error)")
        return try result.output.split(separator: "\n").map { text in
            let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
            let pairs = line.labels.compactMap { $0.count == 2 ? ($0[0], $0[1]) : nil }
            return (key(line.name, pairs), Double(bitPattern: try #require(UInt64(line.bits))))
        }
    }

    /// Name and sorted labels; `le` as a number, since the formats write it in two ways.
    static func key(_ name: String, _ labels: [(String, String)]) -> String {
        let sorted = labels.sorted { $0.0 < $1.0 }.map { pair in
            let value = pair.0 == "le" ? "\(Double(pair.1.replacing("+Inf", with: "inf")) ?? .nan)" : pair.1
            return "\(pair.0)=\(value.debugDescription)"
        }
        return name + "{" + sorted.joined(separator: ",") + "}"
    }
}
