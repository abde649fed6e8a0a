import Foundation
import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Series table")
struct SeriesTableTests {
    @Test("random creation and removal keep it whole, with room, rest and reuse")
    func random() throws {
        var random = SeededGenerator.forTest()
        for limit in [10, 300] {
            let clock = TestClock()
            let registry = MetricsRegistry(prefix: "t", shards: 1, clock: { clock.nanos })
            let family = try registry.counter("a_total", help: "", labels: ["l"], limit: limit)
            let table = family.store.table
            var model: [String: UInt64] = [:]
            for step in 0..<4000 {
                let value = "v\(random.int(0...400))"
                switch random.int(0...9) {
                case 0...3:
                    #expect(family.remove([value]) == (model.removeValue(forKey: value) != nil))
                case 4:
                    clock.advance(UInt64(random.int(0...20)) * 1_000_000_000)
                default:
                    guard model[value] != nil || model.count < limit else { break }
                    family.bind([value]).increment()
                    model[value, default: 0] += 1
                }
                if step % 50 == 0 { #expect(table.brokenInvariant == nil) }
            }
            #expect(table.count == model.count && table.brokenInvariant == nil)
            for (value, count) in model { #expect(family.bind([value]).value == count) }
        }
    }

    @Test("entries that collide in the index are found and removed")
    func collisions() {
        let index = SeriesIndex()
        // All start at the last position, so that probing and gaps go around the end.
        let hashes = (1...11).map { UInt64.max << 36 | UInt64($0) << 32 }
        for (position, hash) in hashes.enumerated() { index.insert(hash, place: UInt32(position + 1), count: position) }
        func found(_ hash: UInt64, _ place: UInt32) -> Bool { index.find(hash) { $0 == place } == place }
        for (position, hash) in hashes.enumerated() { #expect(found(hash, UInt32(position + 1))) }
        for removed in [0, 10, 5, 6] {
            index.remove(hashes[removed], place: UInt32(removed + 1))
            #expect(!found(hashes[removed], UInt32(removed + 1)))
        }
        for position in [1, 2, 3, 4, 7, 8, 9] { #expect(found(hashes[position], UInt32(position + 1))) }
        let rest = index.entries.count
        #expect(rest == 7)
    }

    @Test("a reader can tell whether anything changed while it looked")
    func versions() {
        let index = SeriesIndex()
        let start = index.stableVersion ?? 1
        let isUnchanged = index.isStill(start)
        index.insert(1 << 40, place: 1, count: 0)
        let isUnchangedByInsertion = index.isStill(start)
        let middle = index.stableVersion ?? 1
        index.remove(1 << 40, place: 1)
        let isUnchangedByRemoval = index.isStill(middle)
        #expect(isUnchanged && !isUnchangedByInsertion && !isUnchangedByRemoval)
    }

    @Test("every size class holds its bytes, and classes ascend")
    func sizeClasses() {
        var last = SizeClass(1)
        for bytes in 1...RecordArena.maxBytes {
            let size = SizeClass(bytes)
            #expect(size.units * RecordArena.unitBytes >= bytes && size.number < SizeClass.count)
            #expect(size.number == last.number ? size.units == last.units : size.number == last.number + 1)
            #expect(size.units * RecordArena.unitBytes < bytes + max(16, bytes / 4 + 16))
            last = size
        }
        #expect(last.number == SizeClass.count - 1)
    }

    @Test("blocks never overlap, and what is given back serves the same class again")
    func arena() {
        var random = SeededGenerator.forTest()
        var arena = RecordArena(limitBytes: 1 << 20)
        defer { arena.directory.deallocate() }
        var used: [ClosedRange<UInt>] = []
        var freed: [Int: UInt32] = [:]
        while true {
            let bytes = random.int(48...(random.oneIn(10) ? RecordArena.maxBytes : 300))
            let place = arena.allocate(bytes)
            guard place != 0 else { break }
            let size = SizeClass(bytes)
            if let expected = freed.removeValue(forKey: size.number) { #expect(place == expected) }
            let start = UInt(bitPattern: arena.directory.header(at: place))
            let range = start...start + UInt(size.units * RecordArena.unitBytes) - 1
            memset(arena.directory.header(at: place), 0xff, size.units * RecordArena.unitBytes)
            if random.oneIn(5), freed[size.number] == nil {
                arena.release(place, byteCount: bytes)
                freed[size.number] = place
            } else {
                used.append(range)
            }
        }
        used.sort { $0.lowerBound < $1.lowerBound }
        #expect(zip(used, used.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
        #expect(arena.usedBytes <= 1 << 20 && used.count > 100)
        #expect(arena.allocate(RecordArena.maxBytes + 1, beyondLimit: true) == 0)
        #expect(arena.allocate(2000, beyondLimit: true) != 0)
    }

    @Test("a key gives its values back")
    func keys() {
        let values = ["", "a", "é☃", String(repeating: "x", count: 300)]
        withUnsafeTemporaryAllocation(byteCount: 1000, alignment: 8) { memory in
            var end = 0
            for value in values { end = LabelKey.pack(value, into: memory, at: end) }
            #expect(values.withUnsafeBufferPointer { LabelKey.size(of: $0) } == end)
            #expect(LabelKey.values(of: UnsafeRawBufferPointer(rebasing: memory[..<end])) == values)
        }
    }

    @Test("values of every length are packed whole")
    func lengths() {
        for length in 0...64 {
            let value = String(decoding: (0..<length).map { UInt8(33 + $0) }, as: UTF8.self)
            let key = [value, "end"].withUnsafeBufferPointer { values in
                LabelKey.withKey(of: values, size: LabelKey.size(of: values) ?? 0) { LabelKey.values(of: $0) }
            }
            #expect(key == [value, "end"])
        }
    }

    @Test("values that do not fit are not packed")
    func overflow() {
        withUnsafeTemporaryAllocation(byteCount: 8, alignment: 8) { memory in
            #expect(LabelKey.pack("12345", into: memory, at: 0) == 0)
            #expect(LabelKey.pack("1234", into: memory, at: 0) == 8)
        }
    }
}
