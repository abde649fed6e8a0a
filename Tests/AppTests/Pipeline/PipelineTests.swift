import Foundation
import Locking
import TestSupport
import Testing

@Suite("The whole pipeline: gateway, log-shipper, destination")
struct PipelineTests {
    /// Requests of eight tenants over a few kept connections.
    private func traffic(_ port: Int, _ range: Range<Int>) {
        let workers = 4
        onThreads(workers, count: workers) { worker in
            guard let connection = try? HTTPConnection(port: port) else { return }
            for number in range where number % workers == worker {
                let headers = [("X-Tenant-Id", "tenant-\(number % 8)"), ("X-Request-Id", "request-\(number)")]
                _ = try? connection.exchange("GET", "/api/v1/erp/\(number)", headers: headers)
            }
        }
    }

    private func requestIDs(_ receiver: LogReceiver) -> [String: Int] {
        var counts: [String: Int] = [:]
        for (line, arrival) in receiver.arrivals {
            for entry in AccessLine.parse(line) {
                counts[entry.requestID ?? "", default: 0] += arrival.starts.count
            }
        }
        return counts
    }

    @Test("every request's line arrives once, and the tenants' counts are those of the metrics")
    func exactlyOnce() throws {
        let count = 2_000
        let cell = try HTTPStub { .status($0.target.hasSuffix("13") ? 500 : 200, body: Array("ok".utf8)) }
        let gateway = try GatewayProcess(GatewayProcess.cells(["erp": cell.port]))
        let receiver = try LogReceiver()
        let shipper = try ShipperProcess(paths: [gateway.accessLogFile], url: receiver.url)
        traffic(gateway.port, 0..<count)
        #expect(eventually { requestIDs(receiver).count == count })
        #expect(requestIDs(receiver).values.allSatisfy { $0 == 1 })
        #expect(receiver.faults.isEmpty)
        let page = try gateway.metrics()
        #expect(page.sum("gateway_requests_total") == Double(count))
        for tenant in (0..<8).map({ "tenant-\($0)" }) {
            let lines = receiver.arrivals.keys.count { LogReceiver.tenant($0) == tenant }
            #expect(Double(lines) == page.sum("gateway_requests_total", ["tenant": tenant]))
        }
        #expect(page.sum("gateway_requests_total", ["code": "500"]) == Double((0..<count).count { $0 % 100 == 13 }))
        #expect(page.sum("gateway_log_dropped_total") == 0)
        #expect(shipper.child.terminate() == 0)
    }

    @Test("renaming the log and SIGHUP in the middle of traffic loses nothing, and no sequence number is missing")
    func logRotation() throws {
        let count = 2_000
        let folder = try TemporaryDirectory("gateway")
        let cell = try HTTPStub { _ in .status(200) }
        let gateway = try GatewayProcess(GatewayProcess.cells(["erp": cell.port]), folder: folder)
        let receiver = try LogReceiver()
        let shipper = try ShipperProcess(paths: [folder.file("access*.jsonl")], url: receiver.url)
        let rotations = Locked(0)
        let (file, child) = (gateway.accessLogFile, gateway.child)
        let rotating = BackgroundLoop { round in
            if rename(file, folder.file("access-\(round).jsonl")) == 0 {
                child.signal(SIGHUP)
                _ = eventually { FileManager.default.fileExists(atPath: file) }
                rotations.withLock { $0 += 1 }
            }
            usleep(20_000)
        }
        traffic(gateway.port, 0..<count)
        rotating.stop()
        #expect(eventually { requestIDs(receiver).count == count })
        #expect(requestIDs(receiver).values.allSatisfy { $0 == 1 })
        #expect(rotations.withLock { $0 } >= 3)
        let lines = receiver.arrivals.keys.flatMap { AccessLine.parse($0) }
        for (loop, entries) in Dictionary(grouping: lines, by: { $0.loop ?? -1 }) {
            let numbers = entries.compactMap(\.seq).sorted()
            let gaps = zip(numbers, numbers.dropFirst()).filter { $1 - $0 != 1 }
            #expect(gaps.isEmpty && numbers.count == entries.count, "loop \(loop)")
        }
        #expect(shipper.child.isRunning)
    }

    @Test("SIGTERM lets requests in flight end, takes no new ones, and writes the last log lines")
    func drain() throws {
        let isReleased = Locked(false)
        let cell = try HTTPStub { _ in
            _ = eventually { isReleased.withLock { $0 } }
            return .status(200, body: Array("late".utf8))
        }
        let gateway = try GatewayProcess(GatewayProcess.cells(["erp": cell.port]))
        let connection = try HTTPConnection(port: gateway.port)
        connection.send("GET /api/v1/erp/slow HTTP/1.1\r\nHost: a\r\nX-Request-Id: slow-one\r\n\r\n")
        #expect(eventually { cell.requests.count == 1 })
        gateway.child.signal(SIGTERM)
        let port = gateway.port
        #expect(eventually { (try? request("GET", "/api/v1/erp/new", port: port, timeoutSeconds: 1)) == nil })
        #expect(gateway.child.isRunning)
        isReleased.withLock { $0 = true }
        let reply = connection.receive()
        #expect(reply?.status == 200 && reply?.text == "late")
        #expect(gateway.child.wait() == 0)
        #expect(gateway.accessLines.contains { $0.requestID == "slow-one" && $0.status == 200 })
    }
}
