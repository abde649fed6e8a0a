import Testing

@testable import Gateway

@Suite struct PrefetchListTests {
    private func pointer(_ address: UInt, _ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count)
    }

    @Test func `neighbouring lines are asked for as one`() {
        var list = PrefetchList()
        list.add(pointer(0x1030, 0x20))
        list.add(pointer(0x1080, 1))
        list.add(pointer(0x3000, 500), atMost: 65)
        list.add(line: UnsafeRawPointer(bitPattern: 0x2FFF)!)
        #expect(list.runs == [0x1000 + 2, 0x3000 + 1, 0x2FC0])
    }

    @Test func `a run has at most 64 lines`() {
        var list = PrefetchList()
        list.add(pointer(0x10000, 0x1040), atMost: .max)
        #expect(list.runs == [0x10000 + 63, 0x11000])
    }

    @Test func `asking reads nothing`() {
        var list = PrefetchList()
        for number: UInt in 1...100 { list.add(pointer(number << 20, 64)) }
        let table = PrefetchTable([PrefetchList(), list])
        for row in [-1, 0, 1, 2, .max - 1] { table.run(row) }
    }
}
