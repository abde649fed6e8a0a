import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Space-Saving")
struct SpaceSavingTests {
    @Test("against an exact counter: count − error ≤ true ≤ count, the rest at most the lowest count")
    func bounds() {
        var random = SeededGenerator.forTest(seed: 11)
        for round in 0..<12 {
            var sketch = SpaceSaving(counters: 16 + round * 7, longestValueBytes: 64)
            var exact: [String: UInt32] = [:]
            for step in 0..<6000 {
                // Some values come often, most once; now and then a heavy one.
                let value = random.oneIn(2) ? "busy-\(random.int(0...40))" : "one-\(random.int(0...100_000))"
                let amount = UInt32(random.oneIn(50) ? random.int(1...300) : 1)
                let row = sketch.add(value, amount)
                exact[value, default: 0] += amount
                if random.oneIn(400) {
                    sketch.release(row)
                    #expect(sketch.find(value) == nil)
                    // What it had is forgotten: only the upper bounds of the others may know of it.
                    exact[value] = 0
                }
                if step % 500 == 0 { check(sketch, exact) }
            }
            check(sketch, exact)
            sketch.removeAll()
            #expect(sketch.brokenInvariant == nil && sketch.total == 0 && sketch.find("busy-1") == nil)
        }
    }

    private func check(_ sketch: SpaceSaving, _ exact: [String: UInt32]) {
        #expect(sketch.brokenInvariant == nil)
        let lowest = (0..<sketch.counters).map { sketch.count($0) }.min() ?? 0
        for (value, count) in exact {
            if let row = sketch.find(value) {
                #expect(sketch.guaranteed(row) <= count && count <= sketch.count(row))
            } else {
                #expect(count <= lowest)
            }
        }
    }

    @Test("whoever has more than one in `counters` of the stream is found in a flood of others")
    func heavyHitters() throws {
        var random = SeededGenerator.forTest(seed: 5)
        var sketch = SpaceSaving(counters: 256, longestValueBytes: 32)
        for number in 0..<200_000 {
            _ = sketch.add("flood-\(random.next())")
            if number % 100 == 0 { _ = sketch.add("busy") }
        }
        let row = try #require(sketch.find("busy"))
        #expect(sketch.guaranteed(row) > 1500 && sketch.guaranteed(row) <= 2000)
        #expect(sketch.brokenInvariant == nil)
    }

    @Test("counts that are too large stop instead of going round")
    func clamping() throws {
        var sketch = SpaceSaving(counters: 16, longestValueBytes: 32)
        for number in 0..<40 { _ = sketch.add("v\(number)", .max) }
        for number in 0..<40 { _ = sketch.add("v\(number)", 5) }
        #expect(sketch.brokenInvariant == nil)
    }
}

@Suite("Index of hashes")
struct HashIndexTests {
    @Test("against a dictionary, with hashes that mostly collide")
    func model() {
        var random = SeededGenerator.forTest(seed: 3)
        let index = HashIndex(rows: 64)
        var model: [Int: UInt64] = [:]
        for _ in 0..<20_000 {
            let row = random.int(0...63)
            if let hash = model[row] {
                #expect(index.find(hash) { $0 == row } == row)
                #expect(index.remove(hash, row: row) && !index.remove(hash, row: row))
                model[row] = nil
            } else {
                let hash = UInt64(random.int(0...9)) << 33 | random.next() & 0xffff_ffff
                index.insert(hash, row: row)
                model[row] = hash
            }
            #expect(index.count == model.count)
        }
        for (row, hash) in model { #expect(index.find(hash) { $0 == row } == row) }
        index.removeAll()
        for (row, hash) in model { #expect(index.find(hash) { $0 == row } == nil) }
    }
}
