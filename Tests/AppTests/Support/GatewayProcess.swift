import Foundation
import TestSupport

/// A running `gateway` with a folder, ports and an access log of its own.
final class GatewayProcess: Sendable {
    let child: ChildProcess
    let port: Int
    let opsPort: Int
    private let folder: TemporaryDirectory

    /// Starts it and waits until it is ready.
    ///
    /// - Parameters:
    ///   - yaml: The configuration without `listen`, `ops` and `access_log`.
    ///   - environment: Overrides.
    init(_ yaml: String, environment: [String: String] = [:], folder: TemporaryDirectory? = nil) throws {
        let folder = try folder ?? TemporaryDirectory("gateway")
        let program = try Programs.path("gateway")
        let served = try Programs.serve(ports: 2) { ports in
            let text = """
                listen: 127.0.0.1:\(ports[0])
                ops: { listen: "127.0.0.1:\(ports[1])" }
                access_log: { path: "\(folder.file("access.jsonl"))" }
                \(yaml)

                """
            let configuration = try folder.write(text, to: "gateway.yaml")
            return try ChildProcess(
                program, ["run", "--config", configuration],
                environment: Programs.environment.merging(environment) { $1 }, directory: folder.path)
        } isReady: { ports in
            Programs.answers("/readyz", port: ports[1])
        }
        child = served.child
        port = served.ports[0]
        opsPort = served.ports[1]
        self.folder = folder
    }

    /// The YAML of cells; each answers at 127.0.0.1 and the given port.
    static func cells(_ cells: KeyValuePairs<String, Int>) -> String {
        "cells:\n" + cells.map { "  - { name: \($0.key), upstreams: [\"http://127.0.0.1:\($0.value)\"] }\n" }.joined()
    }

    /// The configuration file.
    var configurationFile: String { folder.file("gateway.yaml") }
    /// The access log's file.
    var accessLogFile: String { folder.file("access.jsonl") }

    /// The access log's whole lines so far, with the event "access".
    var accessLines: [AccessLine] { AccessLine.parse(folder.text("access.jsonl")) }

    /// The samples of `/metrics`.
    func metrics() throws -> MetricsPage { try MetricsPage(port: opsPort) }

    /// The memory that it has in use, by the kernel.
    func residentBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(child.pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Absent(what: "VmRSS of the gateway")
        }
        return kibibytes << 10
    }

    /// One request to the data listener over a connection of its own.
    func send(
        _ method: String = "GET", _ target: String, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) throws -> Reply {
        try request(method, target, port: port, headers: headers, body: body)
    }
}

/// One line of the access log, as far as the tests look at it.
struct AccessLine: Decodable, Sendable {
    var event: String
    var tenant: String?
    var tenantSource: String?
    var requestID: String?
    var method: String?
    var path: String?
    var cell: String?
    var status: Int?
    var errorCode: String?
    var query: String?
    var upstream: String?
    var attempts: Int?
    var requestBytes: Int?
    var responseBytes: Int?
    var userAgent: String?
    var truncated: Bool?
    var run: String?
    var loop: Int?
    var seq: Int?

    private enum CodingKeys: String, CodingKey {
        case event, tenant, method, path, query, cell, upstream, attempts, status, truncated, run, loop, seq
        case tenantSource = "tenant_source"
        case requestID = "request_id"
        case errorCode = "error_code"
        case requestBytes = "request_bytes"
        case responseBytes = "response_bytes"
        case userAgent = "user_agent"
    }

    /// The access lines of a text; a line without its end is left out.
    static func parse(_ text: String) -> [AccessLine] {
        text.split(separator: "\n", omittingEmptySubsequences: true)
            .compactMap { try? JSONDecoder().decode(AccessLine.self, from: Data($0.utf8)) }
            .filter { $0.event == "access" }
    }
}
