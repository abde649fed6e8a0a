import TestSupport
import Testing

@testable import Gateway

struct HPACKEncoderTests {
    /// Both ends of a direction.
    private final class Pair {
        var encoder: HPACKEncoder
        let reader = HPACKReader()

        init(tableBytes: Int = 4_096) { encoder = HPACKEncoder(tableBytes: tableBytes) }

        var tableBytes: Int { encoder.tableBytes }

        func encode(_ fields: [WireField], sensitive: Bool = false) -> [UInt8] {
            var output = ByteQueue()
            encoder.begin(&output)
            for field in fields {
                field.name.withUnsafeBytes { name in
                    field.value.withUnsafeBytes { value in
                        encoder.encode(name, value, sensitive: sensitive, &output)
                    }
                }
            }
            return Array(output.readable)
        }

        func decode(_ block: [UInt8]) -> [WireField]? { reader.decode(block) == nil ? reader.fields : nil }
    }

    @Test("Random header sections survive, with any table size and changes of it", arguments: 0..<8)
    func roundTrip(_ round: Int) {
        var random = SeededGenerator(seed: UInt64(100 + round))
        let pair = Pair(tableBytes: [0, 64, 200, 1_000, 4_096, 4_096, 16_384, 4_096][round])
        let names = [
            ":path", ":status", "content-type", "server", "x-request-id", "x-custom", "date", "cookie", "vary",
        ]
        for block in 0..<400 {
            if random.oneIn(20) {
                let limit = random.int(0...4_096)
                // The peer's setting; it takes what it allows, as the setting is in force when it is sent.
                pair.encoder.setPeerLimit(limit)
                if random.oneIn(2) { pair.encoder.setPeerLimit(4_096) }
            }
            let fields = (0..<random.int(0...12)).map { _ in
                let name = names[random.int(0...names.count - 1)]
                let value =
                    random.oneIn(3) ? "value-\(random.int(0...5))" : String(repeating: "v", count: random.int(0...90))
                return WireField(name, value)
            }
            let decoded = pair.decode(pair.encode(fields))
            #expect(decoded == fields, "block \(block)")
            #expect(pair.tableBytes == pair.reader.tableBytes)
        }
    }

    @Test("What is repeated becomes one byte a field at the third time")
    func indexesRepeated() {
        let pair = Pair()
        let fields = [
            WireField(":status", "200"), WireField("server", "gatehouse"), WireField("content-type", "text/plain"),
            WireField("x-cell", "alpha"),
        ]
        _ = pair.decode(pair.encode(fields))
        _ = pair.decode(pair.encode(fields))
        let third = pair.encode(fields)
        #expect(third.count == fields.count)
        let decoded = pair.decode(third)
        #expect(decoded == fields)
    }

    @Test("What is new every time does not enter the table")
    func leavesUnique() {
        let pair = Pair()
        for number in 0..<50 {
            let fields = [WireField(":path", "/item/\(number)"), WireField("content-length", "\(number + 1_000)")]
            let decoded = pair.decode(pair.encode(fields))
            #expect(decoded == fields)
        }
        #expect(pair.tableBytes == 0)
    }

    @Test(
        "Credentials are never indexed",
        arguments: ["authorization", "cookie", "set-cookie", "proxy-authorization"])
    func neverIndexes(_ name: String) {
        let pair = Pair()
        for _ in 0..<4 {
            let block = pair.encode([WireField(name, "secret")])
            #expect(block[0] & 0xF0 == 0x10)
            _ = pair.decode(block)
            #expect(pair.reader.isSensitive)
        }
        #expect(pair.tableBytes == 0)
    }

    @Test("A field said to be sensitive is never indexed")
    func neverIndexesSensitive() {
        let pair = Pair()
        for _ in 0..<4 {
            let block = pair.encode([WireField("x-token", "secret")], sensitive: true)
            #expect(block[0] == 0x10)
        }
    }

    @Test("A string is Huffman-coded only when that is shorter")
    func choosesShorter() {
        let pair = Pair()
        let plain = pair.encode([WireField("x", "\u{1}\u{2}\u{3}")])
        #expect(plain == [0, 1, 0x78, 3, 1, 2, 3])
        let coded = pair.encode([WireField("x", "aaaaaaaa")])
        #expect(coded.contains(0x85))
    }

    @Test("A smaller table of the peer is signalled at the next block, with the smallest size between")
    func signalsUpdates() {
        let pair = Pair()
        pair.encoder.setPeerLimit(0)
        pair.encoder.setPeerLimit(100)
        let block = pair.encode([WireField(":method", "GET")])
        #expect(block == [0x20, 0x3F, 69, 0x82])
        let next = pair.encode([WireField(":method", "GET")])
        #expect(next == [0x82])
    }

    @Test("A table larger than ours is not used")
    func keepsOwnLimit() {
        let pair = Pair()
        pair.encoder.setPeerLimit(65_536)
        #expect(pair.encode([WireField(":method", "GET")]) == [0x82])
    }
}
