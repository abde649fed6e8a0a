import Foundation
import GatewayMetrics
import TestSupport
import Testing

@testable import LogShipper

/// A destination that as a whole gets no requests.
@Suite("Outages of the whole destination", .serialized)
struct OutageTests {
    private static let tenants = 60
    private static let each = 200

    private static func line(_ tenant: Int, _ number: Int) -> String {
        "{\"tenant\":\"t\(tenant)\",\"n\":\(number),\"pad\":\"\(String(repeating: "x", count: 150))\"}"
    }

    /// More than the window holds.
    private static let text: String = {
        var text = ""
        for number in 0..<each { for tenant in 0..<tenants { text += line(tenant, number) + "\n" } }
        return text
    }()

    private func spools(_ rig: FaultRig) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: rig.directory.file("state/outputs/out/spool")).count) ?? 0
    }

    @Test("nobody answers: every tenant's lines go over to spools, also those of tenants that were never tried")
    func unreachable() throws {
        let rig = try FaultRig("http://127.0.0.1:1/", Self.text, memoryBytes: 1 << 20) { output in
            output.batchMaxBytes = 8 << 10
            // Two tries open the circuit, and no probe comes in this test.
            output.retryInitialNanos = 3_600_000_000_000
            output.retryMaxNanos = output.retryInitialNanos
            output.spool.afterNanos = 20_000_000
        }
        #expect(eventually { rig.value("shipper_read_lines_total") == Self.tenants * Self.each })
        #expect(spools(rig) == Self.tenants)
        #expect(rig.value("shipper_circuit_open") == 1)
        #expect(rig.isBalanced && rig.acked == 0)
        #expect(!rig.finish())
    }

    @Test("there are no credentials: the lines go over to spools, and once there are some each comes once and in order")
    func noCredentials() throws {
        let stub = try HTTPStub { _ in .status(200) }
        defer { stub.stop() }
        let secrets = try TemporaryDirectory("secrets")
        let rig = try FaultRig(stub.url, Self.text, memoryBytes: 1 << 20) { output in
            output.batchMaxBytes = 8 << 10
            output.credentials = .bearer(token: nil, tokenFile: secrets.file("token"))
            output.spool.afterNanos = 20_000_000
        }
        #expect(eventually { rig.value("shipper_read_lines_total") == Self.tenants * Self.each })
        #expect(spools(rig) > 0 && stub.requests.isEmpty)
        #expect(rig.value("shipper_failing_tenants") > 0)
        try secrets.write("secret", to: "token")
        #expect(eventually { rig.acked == Self.tenants * Self.each })
        #expect(eventually { rig.value("shipper_failing_tenants") == 0 })
        #expect(rig.isBalanced)
        #expect(rig.finish())
        let lines = stub.requests.flatMap { FaultRig.text($0).split(separator: "\n").map(String.init) }
        #expect(lines.count == Self.tenants * Self.each)
        for tenant in 0..<Self.tenants {
            let arrived = lines.filter { $0.contains("\"t\(tenant)\"") }
            #expect(arrived == (0..<Self.each).map { Self.line(tenant, $0) })
        }
    }
}
