import Foundation
import Locking
import TestSupport
import Testing

/// A gateway before a recording upstream, seen from outside: what one exchange after another does to the client, the
/// upstream, the access log and the metrics.
///
/// One event loop serves, so that what a case does is over when a later probe has been answered. Only serialized suites
/// can use one.
final class CaseBench: Sendable {
    /// The gateway that ``SuiteTrait/gateway(_:upstream:)`` has started for the suite.
    @TaskLocal static var current: CaseBench?

    static let cell = "rec"
    static let defaults = "loops: 1\ntenancy: { required: true }\n"
    /// Requests that tell where the gateway stands; they take no part in what is observed.
    private static let marks: Set = ["canary", "probe"]

    let gateway: GatewayProcess
    let upstream: RecordingUpstream
    private let state = Locked(State())

    private struct State {
        var probes = 0
        var logBytes = 0
        var rejected: [String: Int] = [:]
        var counted: [CountedRequest: Int] = [:]
        var faults: [String: Int] = [:]
    }

    init(
        _ yaml: String = defaults, environment: [String: String] = HealthSummary.environment,
        upstream script: @escaping RecordingUpstream.Script = { $0.answerAll() }
    ) throws {
        upstream = try RecordingUpstream(script)
        gateway = try GatewayProcess(
            yaml + GatewayProcess.cells([Self.cell: upstream.port]), environment: environment)
    }

    /// The suite's gateway.
    static func booted() throws -> CaseBench {
        guard let current else { throw Absent(what: "the suite has no gateway") }
        return current
    }

    /// A request to the cell behind the bytes of a case: it must not be served where the case ends the connection, and
    /// must be where it does not.
    static let canary = "GET /api/v1/\(cell)/canary HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: canary\r\n\r\n"

    /// Runs an exchange and says what came of it, once all of it has been logged and counted.
    func observe(_ exchange: (HTTPConnection) throws -> [Reply]) throws -> Observation {
        try settle()
        let connection = try HTTPConnection(port: gateway.port)
        let replies = try exchange(connection)
        var seen = try settle()
        seen.replies = replies
        seen.ending = connection.ending
        return seen
    }

    /// Sends a request and waits for its answer; whatever follows until the gateway ends the connection comes too.
    func observe(_ bytes: [UInt8], method: String = "GET") throws -> Observation {
        try observe { connection in
            connection.send(bytes)
            guard let first = connection.receive(method: method) else { return [] }
            return [first] + (first.header("Connection") == "close" ? connection.receiveAll() : [])
        }
    }

    func observe(_ text: String, method: String = "GET") throws -> Observation {
        try observe(Array(text.utf8), method: method)
    }

    // MARK: - What has happened since the last time

    /// Probes the gateway, which is thereby alive, and takes everything that has been recorded before the probe.
    @discardableResult
    private func settle() throws -> Observation {
        let number = state.withLock { state in
            state.probes += 1
            return state.probes
        }
        let id = "probe-\(number)"
        let reply = try request(
            "GET", "/api/v1/\(Self.cell)/\(id)", port: gateway.port,
            headers: [("X-Tenant-Id", "probe"), ("X-Request-Id", id)])
        guard reply.status == 200 else { throw Absent(what: "the gateway's answer to a probe: \(reply.status)") }
        var seen = Observation()
        seen.lines = try lines(before: id)
        #expect(eventually { !upstream.isWaiting }, "an upstream connection with half a message is left open")
        seen.forwarded = upstream.messages.filter { !Self.marks.contains($0.value("x-tenant-id") ?? "") }
        upstream.forget()
        try count(into: &seen)
        return seen
    }

    /// The log's lines since the last time up to that of a probe; every one must be valid JSON.
    private func lines(before probe: String) throws -> [AccessLine] {
        let start = state.withLock { $0.logBytes }
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: gateway.accessLogFile))
        defer { try? handle.close() }
        var new = Data()
        let mark = Data("\"request_id\":\"\(probe)\"".utf8)
        let isThere = try eventually(every: 0.002) {
            try handle.seek(toOffset: UInt64(start))
            new = try handle.readToEnd() ?? Data()
            return new.last == 10 && new.range(of: mark) != nil
        }
        guard isThere else { throw Absent(what: "the log line of \(probe)") }
        state.withLock { $0.logBytes += new.count }
        let texts = new.split(separator: 10, omittingEmptySubsequences: false).dropLast()
        let lines = try texts.map { try JSONDecoder().decode(AccessLine.self, from: $0) }
        return lines.filter { $0.event == "access" && !Self.marks.contains($0.tenant ?? "") }
    }

    private func count(into seen: inout Observation) throws {
        let page = try gateway.metrics()
        let rejected = Self.sums(page.matching("gateway_rejected_total")) { $0["reason"] ?? "" }
        let requests = page.matching("gateway_requests_total").filter {
            !Self.marks.contains($0.labels["tenant"] ?? "")
        }
        let counted = Self.sums(requests, by: CountedRequest.init)
        let attempts = page.matching("gateway_upstream_requests_total").filter { $0.labels["outcome"] != "success" }
        let faults = Self.sums(attempts) { $0["outcome"] ?? "" }
        state.withLock { state in
            seen.rejected = Self.growth(rejected, since: state.rejected)
            seen.counted = Self.growth(counted, since: state.counted)
            seen.faults = Self.growth(faults, since: state.faults)
            (state.rejected, state.counted, state.faults) = (rejected, counted, faults)
        }
    }

    private static func sums<Key: Hashable>(
        _ samples: [MetricsPage.Sample], by key: ([String: String]) -> Key
    ) -> [Key: Int] {
        samples.reduce(into: [:]) { $0[key($1.labels), default: 0] += Int($1.value) }
    }

    private static func growth<Key: Hashable>(_ now: [Key: Int], since before: [Key: Int]) -> [Key: Int] {
        now.reduce(into: [:]) { $0[$1.key] = $1.value - (before[$1.key] ?? 0) }.filter { $0.value != 0 }
    }
}

/// What an exchange left behind, besides probes and canaries.
struct Observation: Sendable {
    var replies: [Reply] = []
    /// How the client's connection stood after the last read.
    var ending = HTTPConnection.Ending.open
    /// What the upstream got.
    var forwarded: [ForwardedMessage] = []
    /// The access lines.
    var lines: [AccessLine] = []
    /// By how much `gateway_rejected_total` grew, by reason.
    var rejected: [String: Int] = [:]
    /// By how much `gateway_requests_total` grew.
    var counted: [CountedRequest: Int] = [:]
    /// By how much `gateway_upstream_requests_total` grew, by outcome, but for successes.
    var faults: [String: Int] = [:]
}

/// The labels of `gateway_requests_total`.
struct CountedRequest: Hashable, Sendable {
    var tenant: String
    var cell: String
    var method: String
    var code: String

    init(tenant: String = "_none", cell: String, method: String, code: Int) {
        self.tenant = tenant
        self.cell = cell
        self.method = method
        self.code = "\(code)"
    }

    init(_ labels: [String: String]) {
        tenant = labels["tenant"] ?? ""
        cell = labels["cell"] ?? ""
        method = labels["method"] ?? ""
        code = labels["code"] ?? ""
    }
}

/// Starts a gateway before a suite's first test and ends it after the last one.
struct BootedGateway: SuiteTrait, TestScoping {
    let make: @Sendable () throws -> CaseBench

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await CaseBench.$current.withValue(try make()) { try await function() }
    }
}

extension Trait where Self == BootedGateway {
    /// One gateway for the whole suite, with ``CaseBench/booted()``.
    static func gateway(
        _ yaml: String = CaseBench.defaults,
        upstream script: @escaping RecordingUpstream.Script = { $0.answerAll() }
    ) -> Self {
        BootedGateway { try CaseBench(yaml, upstream: script) }
    }
}
