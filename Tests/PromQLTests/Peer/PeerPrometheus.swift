import Foundation
import TestSupport
import Testing
import TimeSeries

/// The installed Prometheus with a folder and a port of its own, filled by remote write.
final class PeerPrometheus {
    static var isInstalled: Bool { Tool.path(of: "prometheus") != nil }
    static let absence: Comment = "prometheus isn't installed"

    /// What a query was answered with.
    enum Answer {
        case matrix([PeerSeries])
        /// Samples of one time, in the order of the answer.
        case vector([PeerSeries])
        case scalar(Double)
        case string(String)
        case failed(String)
    }

    private let child: ChildProcess
    private let folder: TemporaryDirectory
    private let connection: KeepAliveConnection

    /// Starts it and gives it the series.
    init(_ series: [Series], features: [String] = []) throws {
        guard let program = Tool.path(of: "prometheus") else { throw Absent(what: "prometheus isn't installed") }
        folder = try TemporaryDirectory("peer")
        let configuration = try folder.write("global: {}\n", to: "prometheus.yml")
        let port = try Loopback.freePort()
        child = try ChildProcess(
            program,
            [
                "--config.file=\(configuration)", "--storage.tsdb.path=\(folder.file("data"))",
                "--web.listen-address=127.0.0.1:\(port)", "--log.level=warn", "--web.enable-remote-write-receiver",
            ] + features.map { "--enable-feature=\($0)" }, directory: folder.path)
        var opened: KeepAliveConnection?
        let isReady = eventually(within: 60) { [child] in
            guard child.isRunning else { return true }
            guard let candidate = try? KeepAliveConnection(port: port),
                let reply = try? candidate.post("/api/v1/query", Array("query=1".utf8), headers: Self.form)
            else { return false }
            opened = candidate
            return reply.status == 200
        }
        guard isReady, let opened else { throw Absent(what: "prometheus didn't start: \(child.standardError)") }
        connection = opened
        try write(series)
    }

    private static let form = ["Content-Type: application/x-www-form-urlencoded"]

    /// In pieces, oldest first, because samples of the head block must not be much older than its latest.
    private func write(_ series: [Series]) throws {
        let times = series.flatMap { [$0.timestamps.first, $0.timestamps.last].compactMap { $0 } }
        guard let first = times.min(), let last = times.max() else { return }
        for start in stride(from: first, through: last, by: 600_000) {
            guard let message = RemoteWrite.message(series, in: start..<(start + 600_000)) else { continue }
            let reply = try connection.post(
                "/api/v1/write", message,
                headers: [
                    "Content-Type: application/x-protobuf", "Content-Encoding: snappy",
                    "X-Prometheus-Remote-Write-Version: 0.1.0",
                ])
            if reply.status / 100 != 2 {
                throw Absent(what: "remote write: \(reply.status) \(String(decoding: reply.body, as: UTF8.self))")
            }
        }
    }

    /// A query at one time.
    func query(_ expression: String, at millis: Int64) throws -> Answer {
        try ask("/api/v1/query", ["query": expression, "time": Self.seconds(millis)])
    }

    /// A range query.
    func query(_ expression: String, from start: Int64, through end: Int64, step: Int64) throws -> Answer {
        try ask(
            "/api/v1/query_range",
            [
                "query": expression, "start": Self.seconds(start), "end": Self.seconds(end),
                "step": Self.seconds(step),
            ])
    }

    private static func seconds(_ millis: Int64) -> String {
        let fraction = "\(millis % 1_000)"
        return "\(millis / 1_000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
    }

    private func ask(_ path: String, _ parameters: [String: String]) throws -> Answer {
        let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
        let body = parameters.map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: plain) ?? "")"
        }
        let reply = try connection.post(path, Array(body.joined(separator: "&").utf8), headers: Self.form)
        let answer = try JSONValue.parse(reply.body)
        guard let data = answer["data"], let kind = data["resultType"]?.text, let result = data["result"] else {
            return .failed(answer["error"]?.text ?? "status \(reply.status)")
        }
        switch kind {
        case "matrix": return .matrix(result.items.map { PeerSeries($0) })
        case "vector": return .vector(result.items.map { PeerSeries($0) })
        case "scalar": return .scalar(PeerSeries.float(result.items.last))
        default: return .string(result.items.last?.text ?? "")
        }
    }
}
