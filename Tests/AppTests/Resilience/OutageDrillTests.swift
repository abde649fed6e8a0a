import Foundation
import Locking
import TestSupport
import Testing

/// Keep-alive clients that ask as fast as they are answered, and note what came back when.
private final class Load: Sendable {
    struct Answer {
        var at: Date
        /// 0 when none came.
        var status: Int
    }

    private let answers = Locked<[Answer]>([])
    private let loops = Locked<[BackgroundLoop]>([])

    init(port: Int, clients: Int, target: String) {
        let made = (0..<clients).map { _ in
            let connection = Locked<HTTPConnection?>(nil)
            let client = Client(connection)
            return BackgroundLoop { [self] _ in
                let status = client.ask(port: port, target: target)
                answers.withLock { $0.append(Answer(at: Date(), status: status)) }
            }
        }
        loops.withLock { $0 = made }
    }

    var all: [Answer] { answers.withLock { $0 } }

    func stop() -> [Answer] {
        for loop in loops.withLock({ $0 }) { loop.stop() }
        return all
    }
}

private final class Client: Sendable {
    private let connection: Locked<HTTPConnection?>

    init(_ connection: consuming Locked<HTTPConnection?>) { self.connection = connection }

    func ask(port: Int, target: String) -> Int {
        connection.withLock { connection in
            if connection == nil { connection = try? HTTPConnection(port: port) }
            guard let reply = try? connection?.exchange("GET", target) else {
                connection = nil
                return 0
            }
            return reply.status
        }
    }
}

@Suite("Upstreams that fail under load")
struct OutageDrillTests {
    private static let target = "/api/v1/erp/x"

    private func cell(_ name: String) throws -> HTTPStub {
        try HTTPStub { _ in .status(200, body: Array(name.utf8)) }
    }

    @Test("of three upstreams one dies: hardly a client sees it after a second, and it is used again when it is back")
    func one() throws {
        let cells = try ["a", "b", "c"].map(cell)
        defer { for cell in cells { cell.stop() } }
        let urls = cells.map { "\"\($0.url)\"" }.joined(separator: ", ")
        let gateway = try GatewayProcess(
            "cells: [{ name: erp, upstreams: [\(urls)], slow_start: 0s, outliers: { ejection: 500ms } }]\n")
        let load = Load(port: gateway.port, clients: 4, target: Self.target)
        #expect(eventually { load.all.count > 200 })
        let died = Date()
        cells[0].stop()
        #expect(eventually(within: 60) { load.all.count { $0.at > died.addingTimeInterval(1.2) } > 500 })
        let back = try HTTPStub(port: cells[0].port) { _ in .status(200, body: [0x61]) }
        defer { back.stop() }
        #expect(eventually(within: 60) { back.requests.count > 20 }, "it is not used again")
        let later = load.stop().filter { $0.at > died.addingTimeInterval(1) }
        let failed = later.filter { $0.status != 200 }
        #expect(failed.count * 1_000 <= later.count, "\(failed.count) of \(later.count) failed")
        let metrics = try gateway.metrics()
        #expect(metrics.sum("gateway_upstream_ejections_total", ["cell": "erp"]) >= 1)
    }

    @Test("when all are down, attempts stay near the requests, and the circuit opens where it may")
    func all() throws {
        let ports = try (0..<2).map { _ in try Loopback.freePort() }
        let urls = ports.map { "\"http://127.0.0.1:\($0)\"" }.joined(separator: ", ")
        let gateway = try GatewayProcess(
            """
            cells:
              - { name: erp, upstreams: [\(urls)], circuit: { enabled: false } }
              - { name: crm, upstreams: [\(urls)], circuit: { open: 2s } }

            """)
        let connection = try HTTPConnection(port: gateway.port)
        let count = 600
        for _ in 0..<count { #expect(try connection.exchange("GET", Self.target).status == 502) }
        let metrics = try gateway.metrics()
        let attempts = metrics.sum("gateway_upstream_requests_total", ["cell": "erp"])
        // The floor of three retries a second counts for ten seconds.
        #expect(attempts <= 1.2 * Double(count) + 30, "\(attempts) attempts for \(count) requests")
        #expect(metrics.sum("gateway_retries_total", ["cell": "erp", "result": "budget_exhausted"]) > 0)
        var codes: Set<String> = []
        for _ in 0..<60 { codes.insert(try connection.exchange("GET", "/api/v1/crm/x").failure?.code ?? "") }
        #expect(codes == ["UPSTREAM_UNAVAILABLE", "CIRCUIT_OPEN"])
        let open = try connection.exchange("GET", "/api/v1/crm/x")
        #expect(open.status == 503)
        #expect(open.header("Retry-After").flatMap(Int.init).map { (1...2).contains($0) } == true)
        #expect(try gateway.metrics().sum("gateway_circuit_open", ["cell": "crm"]) == 1)
        let stubs = try ports.map { port in try HTTPStub(port: port) { _ in .status(200) } }
        defer { for stub in stubs { stub.stop() } }
        #expect(
            try eventually(within: 60) { try connection.exchange("GET", "/api/v1/crm/x").status == 200 },
            "the circuit stays open")
        let isClosed = try eventually(within: 60) {
            _ = try connection.exchange("GET", "/api/v1/crm/x")
            return try gateway.metrics().sum("gateway_circuit_open", ["cell": "crm"]) == 0
        }
        #expect(isClosed)
    }
}
