import Foundation
import TestSupport

/// The real Prometheus, with a folder and a port of its own.
final class PrometheusProcess {
    let child: ChildProcess
    let port: Int
    private let folder: TemporaryDirectory

    /// Starts it with a configuration file's text.
    ///
    /// - Parameters:
    ///   - rules: Rule files that the configuration names, by name.
    ///   - features: What `--enable-feature` switches on.
    init(_ configuration: String, rules: [String: String] = [:], features: [String] = []) throws {
        guard let program = Tool.path(of: "prometheus") else { throw Absent(what: "prometheus isn't installed") }
        let folder = try TemporaryDirectory("prometheus")
        let file = try folder.write(configuration, to: "prometheus.yml")
        for (name, text) in rules { try folder.write(text, to: name) }
        let served = try Programs.serve(ports: 1) { ports in
            try ChildProcess(
                program,
                [
                    "--config.file=\(file)", "--storage.tsdb.path=\(folder.file("data"))",
                    "--web.listen-address=127.0.0.1:\(ports[0])", "--log.level=warn",
                ] + features.map { "--enable-feature=\($0)" }, directory: folder.path)
        } isReady: { ports in
            Programs.answers("/-/ready", port: ports[0])
        }
        child = served.child
        port = served.ports[0]
        self.folder = folder
    }

    /// The HTTP API's `data` of a query.
    func query(_ expression: String, at seconds: Double) throws -> QueryData {
        try get("/api/v1/query", ["query": expression, "time": "\(seconds)"])
    }

    /// The HTTP API's `data` of a range query.
    func query(_ expression: String, from start: Double, through end: Double, step: Double) throws -> QueryData {
        try get(
            "/api/v1/query_range",
            ["query": expression, "start": "\(start)", "end": "\(end)", "step": "\(step)"])
    }

    /// Job, health and last error of every target.
    func targets() throws -> [(job: String, health: String, error: String)] {
        struct Answer: Decodable {
            struct Targets: Decodable { var activeTargets: [Target] }
            struct Target: Decodable {
                var labels: [String: String]
                var health: String
                var lastError: String
            }
            var data: Targets
        }
        let reply = try request("GET", "/api/v1/targets?state=active", port: port)
        return try reply.decode(Answer.self).data.activeTargets.map {
            ($0.labels["job"] ?? "", $0.health, $0.lastError)
        }
    }

    private func get(_ path: String, _ parameters: [String: String]) throws -> QueryData {
        struct Answer: Decodable {
            var data: QueryData?
            var error: String?
        }
        let plain = CharacterSet.alphanumerics
        let query = parameters.map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: plain) ?? "")"
        }
        let reply = try request("GET", "\(path)?\(query.joined(separator: "&"))", port: port)
        let answer = try reply.decode(Answer.self)
        guard let data = answer.data else { throw Absent(what: "Prometheus: \(answer.error ?? reply.text)") }
        return data
    }
}
