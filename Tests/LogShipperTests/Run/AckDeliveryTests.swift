import CurlHTTP
import GatewayMetrics
import Locking
import Logging
import TestSupport
import Testing

@testable import LogShipper

/// A whole shipper against a collector that acknowledges.
@Suite("Acknowledged delivery", .serialized)
struct AckDeliveryTests {
    /// What the collector knows.
    private struct Collector: Sendable {
        var texts: [UInt64: String] = [:]
        var acknowledged: Set<UInt64> = []
        var channels: Set<String> = []
        var queries = 0
        /// It gives acknowledgements at all.
        var hasAcks = true
        /// How often an id has to be asked for.
        var reluctance = 3
        var asked: [UInt64: Int] = [:]

        mutating func answer(_ request: StubRequest) -> StubResponse {
            channels.insert(request.header("X-Splunk-Request-Channel") ?? "")
            guard request.header("Authorization") == "Splunk secret" else { return .status(401) }
            let bytes = request.body.withUnsafeBytes { GzipCodec.gunzipSingleMember($0, limit: 1 << 20) }
            guard request.target == "/services/collector/ack" else {
                let id = UInt64(texts.count)
                texts[id] = String(decoding: bytes ?? [], as: UTF8.self)
                let ack = hasAcks ? ",\"ackId\":\(id)" : ""
                return .status(200, body: Array("{\"text\":\"Success\",\"code\":0\(ack)}".utf8))
            }
            queries += 1
            let answers = texts.keys.sorted().map { id in
                asked[id, default: 0] += 1
                let isDone = asked[id, default: 0] > reluctance
                if isDone { acknowledged.insert(id) }
                return "\"\(id)\":\(isDone)"
            }
            return .status(200, body: Array("{\"acks\":{\(answers.joined(separator: ","))}}".utf8))
        }
    }

    private func start(
        _ directory: TemporaryDirectory, _ url: String, timeoutNanos: Int64, drainNanos: Int64 = 20_000_000_000
    ) throws -> Shipper {
        var configuration = ShipperConfiguration(stateDirectory: directory.file("state"))
        configuration.inputs = [ShipperConfiguration.Input(paths: [directory.file("*.log")])]
        var output = ShipperConfiguration.Output(
            name: "out", type: .splunkHEC, url: "\(url)/services/collector/event")
        output.splunk.acks = ShipperConfiguration.AckOptions()
        output.splunk.acks?.pollNanos = 10_000_000
        output.splunk.acks?.timeoutNanos = timeoutNanos
        output.credentials = .bearer(token: "secret", tokenFile: nil)
        output.batchMaxAgeNanos = 5_000_000
        output.retryInitialNanos = 5_000_000
        output.retryMaxNanos = 20_000_000
        output.proxy = .none
        configuration.outputs = [output]
        configuration.rescanNanos = 10_000_000
        configuration.checkpointNanos = 10_000_000
        configuration.drainNanos = drainNanos
        configuration.opsListen = ""
        return try Shipper(
            configuration, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private func acked(_ shipper: Shipper) -> Int {
        Int(shipper.metrics.ackedLines.bind(["out", "_none"]).value)
    }

    @Test("case 70: nothing counts as delivered before its acknowledgement, and several requests wait at a time")
    func held() throws {
        let directory = try TemporaryDirectory("acks")
        let collector = Locked(Collector())
        collector.withLock { $0.reluctance = .max }
        let stub = try HTTPStub { request in collector.withLock { $0.answer(request) } }
        defer { stub.stop() }
        try directory.write("one\n", to: "a.log")
        let shipper = try start(directory, stub.url, timeoutNanos: 60_000_000_000)
        #expect(eventually { collector.withLock { $0.texts.count } == 1 })
        try directory.write("two\n", to: "b.log")
        #expect(eventually { collector.withLock { $0.texts.count == 2 && $0.queries > 4 } })
        #expect(acked(shipper) == 0)
        collector.withLock { $0.reluctance = 0 }
        #expect(eventually { acked(shipper) == 2 })
        shipper.stop()
        #expect(shipper.wait())
        #expect(collector.withLock { $0.channels.count } == 1)
        #expect(collector.withLock { $0.channels.first?.count } == 36)
    }

    @Test("case 70: what is never acknowledged is sent again, and what a restart interrupts too")
    func lost() throws {
        let directory = try TemporaryDirectory("acks")
        let collector = Locked(Collector())
        collector.withLock { $0.reluctance = .max }
        let stub = try HTTPStub { request in collector.withLock { $0.answer(request) } }
        defer { stub.stop() }
        try directory.write("one\n", to: "a.log")
        let first = try start(directory, stub.url, timeoutNanos: 100_000_000, drainNanos: 100_000_000)
        #expect(eventually { collector.withLock { $0.texts.count } >= 3 })
        #expect(first.metrics.retries.bind(["out", "unacknowledged"]).value >= 2)
        #expect(acked(first) == 0)
        first.stop()
        #expect(!first.wait())
        let sent = collector.withLock { $0.texts.count }
        collector.withLock { $0.reluctance = 0 }
        let second = try start(directory, stub.url, timeoutNanos: 60_000_000_000)
        #expect(eventually { acked(second) == 1 })
        second.stop()
        #expect(second.wait())
        #expect(collector.withLock { $0.texts.count } > sent)
        #expect(collector.withLock { $0.channels.count } == 2)
        #expect(Set(collector.withLock { $0.texts.values.map { $0.contains("\"event\":\"one\"") } }) == [true])
    }

    @Test("a collector that gives no ids is one whose configuration is wrong: nothing counts as delivered")
    func withoutAcks() throws {
        let directory = try TemporaryDirectory("acks")
        let collector = Locked(Collector())
        collector.withLock { $0.hasAcks = false }
        let stub = try HTTPStub { request in collector.withLock { $0.answer(request) } }
        defer { stub.stop() }
        try directory.write("one\n", to: "a.log")
        let shipper = try start(directory, stub.url, timeoutNanos: 60_000_000_000)
        #expect(eventually { shipper.metrics.retries.bind(["out", "misconfigured"]).value > 0 })
        #expect(acked(shipper) == 0)
        collector.withLock { collector in
            collector.hasAcks = true
            collector.reluctance = 0
        }
        #expect(eventually { acked(shipper) == 1 })
        shipper.stop()
        #expect(shipper.wait())
    }

    @Test("an output that failed once works again with the first acknowledgement, and what leaves can be watched")
    func health() throws {
        let directory = try TemporaryDirectory("acks")
        let collector = Locked(Collector())
        collector.withLock { $0.reluctance = 0 }
        let isDown = Locked(true)
        let stub = try HTTPStub { request in
            isDown.withLock { $0 } ? .hangUp : collector.withLock { $0.answer(request) }
        }
        defer { stub.stop() }
        try directory.write("one\n", to: "a.log")
        let shipper = try start(directory, stub.url, timeoutNanos: 60_000_000_000)
        #expect(eventually { shipper.statuses[0].output.health.failingSinceNanos != nil })
        isDown.withLock { $0 = false }
        #expect(eventually { acked(shipper) == 1 })
        #expect(eventually { shipper.statuses[0].output.health.failingSinceNanos == nil })
        shipper.stop()
        #expect(shipper.wait())
    }
}
