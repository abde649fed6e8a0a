import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Series table")
struct SeriesTableTests {
    @Test("random insertion and removal keep it whole, also when many hashes collide")
    func random() {
        var random = SeededGenerator.forTest()
        for spread in [4, 1000] as [UInt64] {
            var table = SeriesTable()
            var model: Set<UInt64> = []
            for step in 0..<4000 {
                let number = UInt64(random.int(0...400))
                let hash = (number % spread) << 32 | number % spread
                withUnsafeBytes(of: number) { key in
                    #expect((table.find(key, hash: hash) != nil) == model.contains(number))
                    if model.remove(number) != nil {
                        table.remove(key, hash: hash)?.free()
                    } else {
                        table.insert(SeriesRecord(cells: .inert, hash: hash, key: key, text: key))
                        model.insert(number)
                    }
                }
                if step % 100 == 0 { #expect(table.brokenInvariant == nil) }
            }
            #expect(table.count == model.count && table.brokenInvariant == nil)
            for case let record? in table.records { record.free() }
        }
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
