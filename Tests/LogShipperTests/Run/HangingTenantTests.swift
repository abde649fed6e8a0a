import CurlHTTP
import Foundation
import GatewayMetrics
import Logging
import Synchronization
import TestSupport
import Testing

@testable import LogShipper

/// Tenants whose destination accepts requests and never answers.
@Suite("Hanging tenants", .serialized)
struct HangingTenantTests {
    private func sum(_ shipper: Shipper, _ name: String, _ tenants: String = "") -> Int {
        var total = 0
        shipper.metrics.registry.forEachSample { series, labels, value in
            if series == name, tenants.isEmpty || labels.contains(where: { $0.1.hasPrefix(tenants) }) {
                total += Int(value)
            }
        }
        return total
    }

    private func lines(_ stub: HTTPStub, _ tenants: String) -> [String] {
        stub.requests.filter { ($0.header("X-Tenant-Id") ?? "").hasPrefix(tenants) }
            .flatMap { String(decoding: $0.body, as: UTF8.self).split(separator: "\n").map(String.init) }
    }

    @Test("tenants that hang hold up nobody, and lose nothing once they are answered", arguments: [2, 20])
    func hanging(_ count: Int) throws {
        let directory = try TemporaryDirectory("hanging")
        let isHanging = Atomic<Bool>(true)
        let stub = try HTTPStub { request in
            while request.header("X-Tenant-Id")?.hasPrefix("h") == true, isHanging.load(ordering: .relaxed) {
                usleep(10_000)
            }
            return .status(200)
        }
        defer {
            isHanging.store(false, ordering: .relaxed)
            stub.stop()
        }
        let pad = String(repeating: "x", count: 150)
        func line(_ tenant: String, _ number: Int) -> String {
            "{\"tenant\":\"\(tenant)\",\"n\":\(number),\"pad\":\"\(pad)\"}"
        }
        let hung = (0..<count).map { "h\($0)" }
        // The hanging tenants could fill the window several times before the first line of another.
        let each = 6000 / count
        var text = ""
        for number in 0..<each { for tenant in hung { text += line(tenant, number) + "\n" } }
        for number in 0..<2000 { text += line("g\(number % 3)", number) + "\n" }
        try directory.write(text, to: "x.log")
        var configuration = ShipperConfiguration(stateDirectory: directory.file("state"))
        configuration.inputs = [ShipperConfiguration.Input(paths: [directory.file("*.log")])]
        var output = ShipperConfiguration.Output(name: "out", type: .ndjson, url: stub.url)
        output.batchMaxBytes = 16 << 10
        output.batchMaxAgeNanos = 20_000_000
        output.compression = .none
        output.proxy = .none
        configuration.outputs = [output]
        configuration.maxUnackedBytes = 512 << 10
        configuration.rescanNanos = 20_000_000
        configuration.checkpointNanos = 20_000_000
        configuration.opsListen = ""
        let shipper = try Shipper(
            configuration, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        #expect(eventually { sum(shipper, "shipper_acked_lines_total", "g") == 2000 })
        #expect(sum(shipper, "shipper_acked_lines_total", "h") == 0)
        isHanging.store(false, ordering: .relaxed)
        #expect(eventually { sum(shipper, "shipper_acked_lines_total", "h") == each * count })
        #expect(sum(shipper, "shipper_lines_total") == each * count + 2000)
        #expect(eventually { sum(shipper, "shipper_pending_lines") == 0 })
        shipper.stop()
        #expect(shipper.wait())
        for tenant in hung {
            let arrived = lines(stub, tenant).filter { $0.contains("\"\(tenant)\"") }
            #expect(arrived == (0..<each).map { line(tenant, $0) })
        }
        #expect(lines(stub, "g").count == 2000)
    }
}
