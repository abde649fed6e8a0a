import TestSupport
import Testing

@testable import Gateway

/// RFC 7541 appendix C.
struct HPACKExampleTests {
    struct Example: CustomTestStringConvertible {
        var name: String
        var tableBytes: Int?
        /// Blocks, what they hold, and the table's size after each.
        var blocks: [(hex: String, fields: [(String, String)], tableBytes: Int)]

        var testDescription: String { name }
    }

    private static let requests: [[(String, String)]] = [
        [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")],
        [
            (":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com"),
            ("cache-control", "no-cache"),
        ],
        [
            (":method", "GET"), (":scheme", "https"), (":path", "/index.html"), (":authority", "www.example.com"),
            ("custom-key", "custom-value"),
        ],
    ]
    private static let responses: [[(String, String)]] = [
        [
            (":status", "302"), ("cache-control", "private"), ("date", "Mon, 21 Oct 2013 20:13:21 GMT"),
            ("location", "https://www.example.com"),
        ],
        [
            (":status", "307"), ("cache-control", "private"), ("date", "Mon, 21 Oct 2013 20:13:21 GMT"),
            ("location", "https://www.example.com"),
        ],
        [
            (":status", "200"), ("cache-control", "private"), ("date", "Mon, 21 Oct 2013 20:13:22 GMT"),
            ("location", "https://www.example.com"), ("content-encoding", "gzip"),
            ("set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"),
        ],
    ]

    static let examples: [Example] = [
        Example(
            name: "C.2.1 literal with indexing",
            blocks: [
                ("400a637573746f6d2d6b65790d637573746f6d2d686561646572", [("custom-key", "custom-header")], 55)
            ]),
        Example(
            name: "C.2.2 literal without indexing",
            blocks: [("040c2f73616d706c652f70617468", [(":path", "/sample/path")], 0)]),
        Example(
            name: "C.2.3 literal never indexed",
            blocks: [("100870617373776f726406736563726574", [("password", "secret")], 0)]),
        Example(name: "C.2.4 indexed", blocks: [("82", [(":method", "GET")], 0)]),
        Example(
            name: "C.3 requests without Huffman code",
            blocks: [
                ("828684410f7777772e6578616d706c652e636f6d", requests[0], 57),
                ("828684be58086e6f2d6361636865", requests[1], 110),
                ("828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565", requests[2], 164),
            ]),
        Example(
            name: "C.4 requests with Huffman code",
            blocks: [
                ("828684418cf1e3c2e5f23a6ba0ab90f4ff", requests[0], 57),
                ("828684be5886a8eb10649cbf", requests[1], 110),
                ("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf", requests[2], 164),
            ]),
        Example(
            name: "C.5 responses without Huffman code, and evictions", tableBytes: 256,
            blocks: [
                (
                    """
                    4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e176874
                    7470733a2f2f7777772e6578616d706c652e636f6d
                    """, responses[0], 222
                ),
                ("4803333037c1c0bf", responses[1], 222),
                (
                    """
                    88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d415344
                    4a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31
                    """, responses[2], 215
                ),
            ]),
        Example(
            name: "C.6 responses with Huffman code, and evictions", tableBytes: 256,
            blocks: [
                (
                    """
                    488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e0
                    82a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3
                    """,
                    responses[0], 222
                ),
                ("4883640effc1c0bf", responses[1], 222),
                (
                    """
                    88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b39
                    60d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007
                    """, responses[2], 215
                ),
            ]),
    ]

    @Test("The examples of RFC 7541 appendix C decode to their header lists", arguments: examples)
    func decodes(_ example: Example) {
        let reader = HPACKReader()
        var prefix: [UInt8] = []
        if let tableBytes = example.tableBytes {
            reader.acknowledge(tableBytes: tableBytes)
            prefix = [0x3F, 0xE1, 0x01]
        }
        for block in example.blocks {
            #expect(reader.decode(prefix + hexBytes(block.hex)) == nil)
            prefix = []
            #expect(reader.fields == block.fields.map { WireField($0.0, $0.1) })
            #expect(reader.tableBytes == block.tableBytes)
        }
    }

    @Test("A field that must never be indexed stays marked")
    func marksSensitive() {
        let reader = HPACKReader()
        #expect(reader.decode(hexBytes("100870617373776f726406736563726574")) == nil)
        #expect(reader.isSensitive)
    }

    @Test(
        "Integers of RFC 7541 appendix C.1",
        arguments: [("0a", 5, 10), ("1f9a0a", 5, 1_337), ("2a", 8, 42), ("1f00", 5, 31), ("ff80808000", 8, 255)])
    func integers(_ hex: String, _ prefixBits: Int, _ value: Int) throws {
        var at = 0
        let bytes = hexBytes(hex)
        let read = try bytes.withUnsafeBytes { try HPACKInteger.read($0, &at, prefixBits: prefixBits) }
        #expect(read == value)
        #expect(at == bytes.count)
    }

    @Test("Integers survive writing and reading")
    func integerRoundTrip() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            let value = random.int(0...Int(UInt32.max)) >> random.int(0...31)
            let prefixBits = random.int(4...7)
            var queue = ByteQueue()
            HPACKInteger.write(value, prefixBits: prefixBits, pattern: 0, &queue)
            var at = 0
            let read = try HPACKInteger.read(queue.readable, &at, prefixBits: prefixBits)
            #expect(read == value)
            #expect(at <= HPACKInteger.longestBytes)
        }
    }
}
