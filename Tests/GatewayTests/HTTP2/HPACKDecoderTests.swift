import TestSupport
import Testing

@testable import Gateway

struct HPACKDecoderTests {
    static let faults: [(String, String, HPACKFault)] = [
        ("2.3.3 index 0", "80", .index),
        ("2.3.3 index beyond both tables", "be", .index),
        ("2.3.3 name index beyond both tables", "7f00 01 61", .index),
        ("5.1 integer beyond 32 bits", "ffffffffff7f", .integerOverflow),
        ("5.1 integer with endless zeros", "ff80808080808080808000", .integerOverflow),
        ("5.1 integer cut off", "ff80", .truncated),
        ("5.2 string longer than the block", "400a6162", .truncated),
        ("5.2 no value", "000161", .truncated),
        ("5.2 Huffman padding of zeros", "00 01 61 81 18", .huffmanPadding),
        ("5.2 Huffman padding of 8 ones", "00 01 61 82 1f ff", .huffmanPadding),
        ("5.2 Huffman padding of a byte alone", "00 01 61 81 ff", .huffmanPadding),
        ("5.2 end of string within a string", "00 01 61 84 ff ff ff ff", .huffmanEndOfString),
        ("4.2 size update behind a field", "82 20", .tableUpdateLate),
        ("6.3 size update above our setting", "3f e2 1f", .tableUpdateTooLarge),
        ("6.3 size update beyond 32 bits", "3f ff ff ff ff 7f", .integerOverflow),
    ]

    @Test("What RFC 7541 forbids is a fault", arguments: faults)
    func refuses(_ name: String, _ hex: String, _ fault: HPACKFault) {
        #expect(HPACKReader().decode(hexBytes(hex)) == fault)
    }

    static let accepted: [(String, String)] = [
        ("an empty block", ""),
        ("two size updates before the first field", "20 3f e1 1f 82"),
        ("a size update alone", "20"),
        ("an empty value", "00 01 61 00"),
        ("an empty Huffman-coded value", "00 01 61 80"),
        ("7 bits of padding", "00 01 61 84 00 00 00 7f"),
    ]

    @Test("What RFC 7541 allows is no fault", arguments: accepted)
    func accepts(_ name: String, _ hex: String) {
        #expect(HPACKReader().decode(hexBytes(hex)) == nil)
    }

    @Test("A table that our settings made smaller demands an update at the next block")
    func demandsUpdate() {
        let reader = HPACKReader()
        reader.acknowledge(tableBytes: 100)
        #expect(reader.decode([0x82]) == .tableUpdateMissing)
        // 100 = 31 + 69
        #expect(reader.decode([0x3F, 69, 0x82]) == nil)
        #expect(reader.fields.count == 1)
    }

    @Test("4.4 An entry larger than the table empties it, and is no fault")
    func emptiesTable() {
        let reader = HPACKReader()
        #expect(reader.decode([0x40, 1, 0x61, 1, 0x62, 0xBE]) == nil)
        // 5,000 = 127 + 4,873
        let value = [UInt8](repeating: 0x63, count: 5_000)
        #expect(reader.decode([0xBE, 0x40, 1, 0x61, 0x7F, 0x89, 0x26] + value) == nil)
        #expect(reader.fields.last?.value == value)
        #expect(reader.tableBytes == 0)
        #expect(reader.decode([0xBE]) == .index)
    }

    @Test("A section beyond the limits is reported, and the table stays in step")
    func staysInStep() {
        var limits = HTTP2Limits()
        limits.headerListBytes = 200
        limits.headerListHardBytes = 2_000
        let reader = HPACKReader(limits: limits)
        // Two large fields, the second one indexed behind the limit; then one that refers to it.
        let large = [UInt8](repeating: 0x61, count: 120)
        var block: [UInt8] = []
        for name in ["x", "y"] { block += [0x40, 1] + Array(name.utf8) + [120] + large }
        #expect(reader.decode(block) == nil)
        #expect(reader.isTooLarge)
        #expect(reader.fields.count == 1)
        #expect(reader.decode([0xBE]) == nil)
        #expect(reader.fields == [WireField(name: Array("y".utf8), value: large)])
        #expect(!reader.isTooLarge)
    }

    @Test("More fields than allowed are too large as well")
    func countsFields() {
        var limits = HTTP2Limits()
        limits.headerFields = 3
        let reader = HPACKReader(limits: limits)
        #expect(reader.decode([UInt8](repeating: 0x82, count: 3)) == nil)
        #expect(!reader.isTooLarge)
        #expect(reader.decode([UInt8](repeating: 0x82, count: 4)) == nil)
        #expect(reader.isTooLarge)
    }

    @Test("A block that expands far beyond the limit is cut off (the HPACK bomb)")
    func stopsBomb() {
        // One entry of 3,000 bytes, then references of a byte each.
        var block: [UInt8] = [0x40, 1, 0x61, 0x7F, 0xB9, 0x16]
        block += [UInt8](repeating: 0x62, count: 3_000)
        block += [UInt8](repeating: 0xBE, count: 10_000)
        #expect(HPACKReader().decode(block) == .listTooLarge)
    }

    @Test("Random strings survive the Huffman code, and it has the length announced")
    func huffmanRoundTrip() throws {
        var random = SeededGenerator(seed: 2)
        let huffman = HPACKHuffman.shared
        for round in 0..<3_000 {
            let isText = round % 2 == 0
            let count = random.int(0...60)
            let text = (0..<count).map { _ in UInt8(isText ? random.int(32...126) : random.int(0...255)) }
            try text.withUnsafeBytes { raw in
                let coded = UnsafeMutableRawBufferPointer.allocate(byteCount: huffman.codedBytes(raw), alignment: 1)
                defer { coded.deallocate() }
                huffman.encode(raw, into: coded)
                let room = UnsafeMutableRawBufferPointer.allocate(
                    byteCount: HPACKHuffman.mostBytes(coded: coded.count), alignment: 1)
                defer { room.deallocate() }
                let decoded = try huffman.decode(UnsafeRawBufferPointer(coded), into: room)
                #expect(Array(room[..<decoded]) == text)
            }
        }
    }

    @Test("Random blocks never crash the decoder, and a table never exceeds its size")
    func survivesRandomBlocks() {
        var random = SeededGenerator(seed: 3)
        var largest = 0
        for _ in 0..<20_000 {
            let reader = HPACKReader()
            _ = reader.decode((0..<random.int(0...80)).map { _ in UInt8(random.int(0...255)) })
            largest = max(largest, reader.tableBytes)
        }
        #expect(largest <= 4_096)
    }
}
