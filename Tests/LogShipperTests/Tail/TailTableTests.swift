import Testing

@testable import LogShipper

@Suite("TailTable")
struct TailTableTests {
    private func sighting(_ path: String, _ inode: UInt64, size: Int64 = 10) -> Sighting {
        Sighting(path: path, identity: FileIdentity(device: 1, inode: inode), size: size)
    }

    private func open(_ table: inout TailTable, _ sighting: Sighting, as serial: FileSerial, at now: Int64 = 0) {
        table.opened(serial, sighting, identity: sighting.identity, nowNanos: now)
    }

    @Test("a new file is opened once, also while the answer is out; a failed one is tried again")
    func opening() {
        var table = TailTable(graceNanos: 100)
        let file = sighting("/a", 1)
        #expect(table.observe([file], nowNanos: 0) == [.open(file)])
        #expect(table.observe([file], nowNanos: 1) == [])
        table.openFailed(file)
        #expect(table.observe([file], nowNanos: 2) == [.open(file)])
        open(&table, file, as: 1)
        #expect(table.observe([file], nowNanos: 3) == [])
    }

    @Test("case 18: two names of one file are one file, and the known name wins")
    func links() {
        var table = TailTable(graceNanos: 100)
        let first = sighting("/a", 1)
        let second = sighting("/b", 1)
        #expect(table.observe([first, second], nowNanos: 0) == [.open(first)])
        open(&table, first, as: 1)
        #expect(table.observe([first, second], nowNanos: 1) == [])
        #expect(table.observe([second, first], nowNanos: 2) == [])
    }

    @Test("rename and create: the old file goes on under its new name, the new one is opened")
    func rotation() {
        var table = TailTable(graceNanos: 100)
        open(&table, sighting("/a", 1), as: 1)
        let new = sighting("/a", 2)
        #expect(
            table.observe([new, sighting("/a.1", 1)], nowNanos: 10) == [.rename(1, path: "/a.1"), .open(new)])
        open(&table, new, as: 2)
        #expect(table.observe([new, sighting("/a.1", 1)], nowNanos: 50) == [])
        #expect(table.observe([new, sighting("/a.1", 1)], nowNanos: 111) == [.flushTail(1)])
        #expect(table.observe([new, sighting("/a.1", 1)], nowNanos: 500) == [])
    }

    @Test("a file that left the globs is given up after two looks and a quiet grace period")
    func missing() {
        var table = TailTable(graceNanos: 100)
        open(&table, sighting("/a", 1), as: 1)
        #expect(table.observe([], nowNanos: 10) == [.missing(1, isFirst: true)])
        table.grew(1, nowNanos: 60)
        #expect(table.observe([], nowNanos: 120) == [.missing(1, isFirst: false)])
        #expect(table.observe([], nowNanos: 160) == [.missing(1, isFirst: false), .flushTail(1), .finish(1)])
        table.removed(1)
        #expect(table.entries.isEmpty)
    }

    @Test("case 16: a file that is missing in one look only was never gone")
    func flicker() {
        var table = TailTable(graceNanos: 0)
        let file = sighting("/a", 1)
        open(&table, file, as: 1)
        for now in stride(from: Int64(10), to: 200, by: 20) {
            #expect(table.observe([], nowNanos: now) == [.missing(1, isFirst: true)])
            #expect(table.observe([file], nowNanos: now + 10) == [.returned(1)])
        }
    }

    @Test("after a truncation the identity belongs to the next generation")
    func truncation() {
        var table = TailTable(graceNanos: 0)
        open(&table, sighting("/a", 1), as: 1)
        table.restarted(1, as: 2)
        #expect(table.entries.keys.sorted() == [2])
        #expect(table.observe([sighting("/a", 1)], nowNanos: 1) == [])
    }

    @Test("a new file that got an old one's inode and another name has no last line to flush")
    func inodeOfAnother() {
        var table = TailTable(graceNanos: 10)
        open(&table, sighting("/a", 1), as: 1)
        #expect(table.observe([sighting("/b", 1)], nowNanos: 20).contains(.rename(1, path: "/b")))
        table.restarted(1, as: 2)
        for now in stride(from: Int64(21), to: 100, by: 20) {
            #expect(!table.observe([sighting("/b", 1)], nowNanos: now).contains(.flushTail(2)))
        }
    }
}
