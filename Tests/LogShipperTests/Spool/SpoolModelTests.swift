import TestSupport
import Testing

@testable import LogShipper

@Suite("Spool model")
struct SpoolModelTests {
    private static let tenants = ["acme", "b", "_none"]

    /// Every number up to the last one that a checkpoint knows was delivered, and nothing was lost to damage.
    private static func check(_ harness: SpoolHarness, _ what: String) {
        for (tenant, log) in harness.logs {
            let missing = Set(0..<log.next).subtracting(log.delivered)
            #expect(missing.isEmpty, "\(what): \(tenant) misses \(missing.sorted().prefix(5))")
        }
        #expect(harness.lost.isEmpty, "\(what)")
    }

    @Test("random writes, reads, faults and losses of power: nothing that was moved is lost", arguments: 0..<40)
    func random(seed: Int) throws {
        var random = SeededGenerator.forTest(seed: UInt64(seed))
        let limits = SpoolLimits(
            maxBytes: 256 << 10, tenantMaxBytes: 128 << 10, segmentBytes: Int64(random.int(4096...20_000)))
        let harness = try SpoolHarness(limits)
        var crashes = 0
        for _ in 0..<300 {
            let tenant = Self.tenants[random.int(0...2)]
            let faultIn = random.oneIn(4) ? random.int(1...4) : 0
            Self.setFault(harness.system, faultIn)
            switch random.int(0...9) {
            case 0...3: _ = harness.append(tenant, random.int(1...60))
            case 4, 5: _ = try harness.deliver(tenant, lines: random.oneIn(3) ? random.int(0...10) : .max)
            case 6, 7: harness.checkpoint(save: !random.oneIn(5), delete: !random.oneIn(5))
            case 8: harness.sync()
            default:
                guard random.oneIn(3) else { continue }
                if random.oneIn(2) { try harness.crash(&random) } else { try harness.killAndReopen() }
                crashes += 1
            }
            #expect(harness.store.brokenInvariant() == nil)
            #expect(harness.store.diskBytes <= limits.maxBytes)
        }
        Self.setFault(harness.system, 0)
        harness.checkpoint()
        try harness.drain()
        Self.check(harness, "seed \(seed), \(crashes) crashes")
        for _ in 0..<2 { harness.checkpoint() }
        #expect(harness.store.pending == .zero)
        #expect(harness.store.spools.isEmpty)
        #expect(harness.system.openCount == 0)
    }

    private static func setFault(_ system: SimulatedFileSystem, _ callsUntil: Int) {
        var left = callsUntil
        system.fault = { call in
            left -= 1
            return left == 0 ? SystemError(call, "injected", code: 28) : nil
        }
    }

    @Test("whichever call of a short run fails, and with a loss of power after it: nothing is lost")
    func everyFault() throws {
        for crashes in [false, true] {
            var failing = 0
            var didFail = true
            while didFail {
                failing += 1
                didFail = try Self.shortRun(failing, crashes)
            }
            #expect(failing > 30)
        }
    }

    private static func shortRun(_ failing: Int, _ crashes: Bool) throws -> Bool {
        var random = SeededGenerator(seed: UInt64(failing))
        let harness = try SpoolHarness(SpoolLimits(maxBytes: 1 << 20, tenantMaxBytes: 1 << 20, segmentBytes: 4096))
        var left = failing
        var didFail = false
        harness.system.fault = { call in
            left -= 1
            guard left == 0 else { return nil }
            didFail = true
            return SystemError(call, "injected", code: 5)
        }
        for _ in 0..<3 {
            for tenant in tenants { _ = harness.append(tenant, 100) }
            harness.checkpoint()
            _ = try harness.deliver("acme")
            _ = try harness.deliver("b", lines: 3)
        }
        while try harness.deliver("_none") {}
        harness.checkpoint()
        if crashes { try harness.crash(&random) } else { try harness.killAndReopen() }
        harness.system.fault = { _ in nil }
        for tenant in tenants { #expect(harness.append(tenant, 1) == .stored) }
        harness.checkpoint()
        try harness.drain()
        check(harness, "call \(failing)")
        return didFail
    }

    @Test("without crashes and faults nothing comes twice", arguments: 0..<10)
    func onceOnly(seed: Int) throws {
        var random = SeededGenerator.forTest(seed: UInt64(seed))
        let harness = try SpoolHarness(SpoolLimits(maxBytes: 1 << 20, tenantMaxBytes: 1 << 20, segmentBytes: 6000))
        for _ in 0..<200 {
            let tenant = Self.tenants[random.int(0...2)]
            switch random.int(0...3) {
            case 0, 1: _ = harness.append(tenant, random.int(1...60))
            case 2: _ = try harness.deliver(tenant, lines: random.int(0...80))
            default: harness.checkpoint()
            }
            if random.oneIn(20) {
                harness.checkpoint()
                try harness.crash(&random)
            }
        }
        harness.checkpoint()
        try harness.drain()
        for log in harness.logs.values { #expect(log.delivered == Array(0..<log.next)) }
        #expect(harness.lost.isEmpty)
    }
}
