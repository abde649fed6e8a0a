import TestSupport
import Testing

@testable import LogShipper

@Suite("SpoolStore")
struct SpoolStoreTests {
    private static let small = SpoolLimits(maxBytes: 1 << 20, tenantMaxBytes: 1 << 20, segmentBytes: 8 << 10)

    @Test("what goes in comes out in order, with times, paths and offsets, and then nothing is left on the disk")
    func roundTrip() throws {
        let harness = try SpoolHarness(Self.small)
        for _ in 0..<20 {
            #expect(harness.append("acme", 37) == .stored)
            #expect(harness.append("other", 3) == .stored)
        }
        harness.checkpoint()
        #expect(harness.store.brokenInvariant() == nil)
        #expect(harness.store.pending.lines == 800)
        #expect(harness.store.diskBytes == Int64(harness.system.totalBytes))
        let frame = try #require(try harness.store.next("acme"))
        #expect(frame.block.closedWallNanos == 7)
        #expect(frame.block.sources == [SpoolSource(path: "/var/log/acme.log", key: 12)])
        harness.store.moveCursor("acme", to: frame.position.mark)
        try harness.drain()
        #expect(harness.logs["acme"]?.delivered == Array(0..<740))
        #expect(harness.logs["other"]?.delivered == Array(0..<60))
        harness.checkpoint()
        #expect(harness.store.spools.isEmpty)
        #expect(harness.system.totalBytes == 0)
        #expect(try harness.system.names(in: "/spool") == [])
        #expect(harness.system.openCount == 0)
        #expect(harness.lost.isEmpty)
    }

    @Test("a part of a block that is done is not handed out again, not even by the next run")
    func partsOfBlocks() throws {
        let harness = try SpoolHarness(Self.small)
        _ = harness.append("acme", 10)
        harness.checkpoint()
        #expect(try harness.deliver("acme", lines: 4))
        harness.checkpoint()
        var random = SeededGenerator(seed: 1)
        try harness.crash(&random)
        #expect(harness.store.pending.lines == 6)
        #expect(try harness.deliver("acme", lines: 1))
        #expect(try harness.deliver("acme"))
        #expect(harness.logs["acme"]?.delivered == Array(0..<10))
        #expect(harness.store.pending == .zero)
    }

    @Test("nothing is handed out before it would survive a loss of power")
    func unsynced() throws {
        let harness = try SpoolHarness(Self.small)
        _ = harness.append("acme", 10)
        #expect(try harness.store.next("acme") == nil)
        #expect(!harness.store.hasUnread("acme"))
        harness.sync()
        #expect(harness.store.hasUnread("acme"))
        #expect(try harness.deliver("acme"))
        _ = harness.append("acme", 10)
        #expect(try harness.store.next("acme") == nil)
        harness.sync()
        #expect(try harness.deliver("acme"))
        #expect(harness.logs["acme"]?.delivered == Array(0..<20))
        #expect(harness.lost.isEmpty)
    }

    @Test("case 57: a torn tail is cut off at start and what came before is delivered")
    func tornTail() throws {
        for cut in 1...60 {
            let harness = try SpoolHarness(Self.small)
            _ = harness.append("acme", 5)
            harness.checkpoint()
            _ = harness.append("acme", 5)
            let path = SpoolSegment.path("/spool/acme", 1)
            let whole = try #require(try harness.system.read(path)).count
            try harness.system.truncate(path, to: Int64(whole - cut))
            try harness.reopen()
            #expect(harness.store.pending.lines == 5, "cut \(cut)")
            #expect(harness.store.diskBytes == Int64(harness.system.totalBytes))
            _ = harness.append("acme", 5)
            harness.sync()
            try harness.drain()
            #expect(harness.logs["acme"]?.delivered == Array(0..<10))
            #expect(harness.lost.isEmpty)
        }
    }

    @Test("case 57: a damaged middle is skipped and counted, whatever byte it is, and the rest is delivered in order")
    func damagedMiddle() throws {
        let whole = try Self.filled().system.totalBytes
        for position in stride(from: 0, to: whole, by: 7) {
            let harness = try Self.filled()
            let paths = harness.system.files.keys.sorted()
            var left = position
            for path in paths {
                let node = try #require(harness.system.files[path])
                if left < node.content.count {
                    node.content[left] ^= 0x10
                    break
                }
                left -= node.content.count
            }
            try harness.reopen()
            try harness.drain()
            let delivered = harness.logs["acme"]?.delivered ?? []
            #expect(delivered == delivered.sorted())
            #expect(Set(delivered).count == delivered.count)
            let lost = harness.lost["acme"] ?? .zero
            #expect(delivered.count + Int(lost.lines) == 120, "byte \(position)")
            let missing = Set(0..<120).subtracting(delivered)
            #expect(lost.bytes == missing.reduce(0) { $0 + UInt64(SpoolHarness.text("acme", $1).utf8.count + 1) })
            harness.checkpoint()
            #expect(harness.store.spools.isEmpty)
            #expect(harness.system.totalBytes == 0)
        }
    }

    /// Several segments with several frames each.
    private static func filled() throws -> SpoolHarness {
        let limits = SpoolLimits(maxBytes: 1 << 20, tenantMaxBytes: 1 << 20, segmentBytes: 4096)
        let harness = try SpoolHarness(limits)
        for _ in 0..<12 { _ = harness.append("acme", 10) }
        harness.checkpoint()
        return harness
    }

    @Test("case 57: a segment that vanished or was emptied is counted")
    func missingSegment() throws {
        for isEmptied in [false, true] {
            let harness = try SpoolHarness(SpoolLimits(maxBytes: 1 << 20, tenantMaxBytes: 1 << 20, segmentBytes: 4096))
            for _ in 0..<120 { _ = harness.append("acme", 10) }
            harness.checkpoint()
            let path = SpoolSegment.path("/spool/acme", 2)
            if isEmptied {
                try harness.system.truncate(path, to: 0)
            } else {
                try harness.system.remove(path)
            }
            try harness.reopen()
            let atStart = harness.lost["acme"]?.lines ?? 0
            #expect(atStart > 0)
            try harness.drain()
            #expect(harness.lost["acme"]?.lines == atStart)
            #expect((harness.logs["acme"]?.delivered.count ?? 0) + Int(atStart) == 1200)
        }
    }

    @Test("case 57: sizes and lines are right after a restart")
    func sizesAfterRestart() throws {
        let harness = try SpoolHarness(Self.small)
        for _ in 0..<50 { _ = harness.append("acme", 20) }
        _ = harness.append("b", 20)
        harness.checkpoint()
        for _ in 0..<30 { _ = try harness.deliver("acme") }
        harness.checkpoint()
        let (bytes, pending) = (harness.store.diskBytes, harness.store.pending)
        try harness.reopen()
        #expect(harness.store.diskBytes == bytes)
        #expect(harness.store.diskBytes == Int64(harness.system.totalBytes))
        #expect(harness.store.pending == pending)
        #expect(pending.lines == 420)
    }

    @Test("case 57: a full spool blocks, and takes lines again when some are delivered")
    func fullBlocks() throws {
        let limits = SpoolLimits(maxBytes: 1 << 20, tenantMaxBytes: 64 << 10)
        let harness = try SpoolHarness(limits)
        while harness.append("acme", 50) == .stored {}
        #expect(harness.append("acme", 50) == .full(.tenant))
        #expect(harness.store.diskBytes <= 64 << 10)
        #expect(harness.store.diskBytes > 60 << 10)
        harness.checkpoint()
        for _ in 0..<30 { #expect(try harness.deliver("acme")) }
        harness.checkpoint()
        #expect(harness.append("acme", 50) == .stored)
        harness.checkpoint()
        try harness.drain()
        #expect(harness.logs["acme"]?.delivered == Array(0..<(harness.logs["acme"]?.next ?? 0)))
    }

    @Test("case 78: a tenant at its limit meets its policy, and the others go on", arguments: [false, true])
    func otherTenants(dropsOldest: Bool) throws {
        let limits = SpoolLimits(
            maxBytes: 1 << 20, tenantMaxBytes: 64 << 10, whenFull: dropsOldest ? .dropOldest : .dropNewest)
        let harness = try SpoolHarness(limits)
        for _ in 0..<400 {
            _ = harness.append("acme", 50)
            _ = harness.append("b", 1)
        }
        harness.checkpoint()
        try harness.drain()
        let acme = try #require(harness.logs["acme"])
        #expect(acme.dropped > 0)
        #expect(acme.delivered.count + acme.dropped == 20_000)
        #expect(Set(acme.delivered).count == acme.delivered.count)
        #expect(acme.delivered == acme.delivered.sorted())
        // The policy says which end is kept.
        #expect(acme.delivered.contains(0) != dropsOldest)
        #expect(acme.delivered.contains(19_999) == dropsOldest)
        #expect(harness.logs["b"]?.delivered == Array(0..<400))
        #expect(harness.lost.isEmpty)
    }

    @Test("what was dropped to make room is not missed by the next run")
    func droppedIsNotLost() throws {
        let harness = try SpoolHarness(
            SpoolLimits(maxBytes: 1 << 20, tenantMaxBytes: 64 << 10, whenFull: .dropOldest))
        for _ in 0..<5 { _ = harness.append("acme", 50) }
        harness.checkpoint()
        // The first block is at the destination, so its segment is kept and the gap is behind it.
        let frame = try #require(try harness.store.next("acme"))
        for _ in 0..<400 { _ = harness.append("acme", 50) }
        harness.checkpoint()
        var random = SeededGenerator(seed: 3)
        try harness.crash(&random)
        #expect(frame.block.lines.count == 50)
        try harness.drain()
        let acme = try #require(harness.logs["acme"])
        #expect(acme.delivered.first == 0)
        #expect(acme.delivered.count + acme.dropped == 405 * 50)
        #expect(harness.lost.isEmpty)
    }

    @Test("the number of tenants with a spool is bounded")
    func tenants() throws {
        var limits = Self.small
        limits.maxTenants = 3
        let harness = try SpoolHarness(limits)
        for tenant in ["a", "b", "c"] { #expect(harness.append(tenant, 1) == .stored) }
        #expect(harness.append("d", 1) == .full(.tenants))
        #expect(harness.append("a", 1) == .stored)
        harness.checkpoint()
        while try harness.deliver("a") {}
        harness.checkpoint()
        #expect(harness.append("d", 1) == .stored)
    }

    @Test("names that are no safe file names are escaped")
    func names() throws {
        for tenant in ["acme", "_none", ".", "..", "a.b", "Ä/b", "%41", ""] {
            let name = SpoolName.escape(tenant)
            #expect(!name.contains("/") && !name.hasPrefix("."))
            #expect(SpoolName.unescape(name) == tenant)
        }
        for name in ["%", "%4", "%zz", "%41", ".", "a b", "%C3"] { #expect(SpoolName.unescape(name) == nil) }
    }
}
