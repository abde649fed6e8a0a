@testable import Gateway

/// A field as tests write and read it.
struct WireField: Equatable, CustomStringConvertible {
    var name: [UInt8]
    var value: [UInt8]

    init(_ name: String, _ value: String) {
        self.name = Array(name.utf8)
        self.value = Array(value.utf8)
    }

    init(name: [UInt8], value: [UInt8]) {
        self.name = name
        self.value = value
    }

    var description: String { "\(String(decoding: name, as: UTF8.self)): \(String(decoding: value, as: UTF8.self))" }

    /// Every field of a block.
    static func all(_ block: borrowing HeaderBlock) -> [WireField] {
        block.fields.map { field in
            WireField(name: Array(block.bytes(field.name)), value: Array(block.bytes(field.value)))
        }
    }

    /// A block of literals without indexing and without the Huffman code: whatever the bytes are.
    static func block(_ fields: [WireField]) -> [UInt8] {
        var output = ByteQueue()
        for field in fields {
            output.append(0)
            for text in [field.name, field.value] {
                HPACKInteger.write(text.count, prefixBits: 7, pattern: 0, &output)
                output.append(text)
            }
        }
        return Array(output.readable)
    }

    static let get: [WireField] = [
        WireField(":method", "GET"), WireField(":scheme", "https"), WireField(":path", "/"),
        WireField(":authority", "example.com"),
    ]
    static let post: [WireField] = [WireField(":method", "POST")] + get.dropFirst()
    static let ok = [WireField(":status", "200")]
}
