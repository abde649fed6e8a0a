/// Reads protobuf's wire format, written for the tests alone and without looking at the writer.
enum WireReader {
    struct Field {
        var field: Int
        var type: Int
        var number: UInt64 = 0
        var bytes: [UInt8] = []
    }

    static func read(_ message: some Sequence<UInt8>) -> [Field] {
        var rest = Array(message)[...]
        var fields: [Field] = []
        while !rest.isEmpty {
            let tag = varint(&rest)
            var field = Field(field: Int(tag / 8), type: Int(tag % 8))
            switch field.type {
            case 0: field.number = varint(&rest)
            case 1: field.number = fixed(8, &rest)
            case 2:
                let count = Int(varint(&rest))
                field.bytes = Array(rest.prefix(count))
                precondition(field.bytes.count == count, "a length goes beyond the message")
                rest = rest.dropFirst(count)
            case 5: field.number = fixed(4, &rest)
            default: preconditionFailure("unknown wire type \(field.type)")
            }
            fields.append(field)
        }
        return fields
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = rest.popFirst() {
            value += UInt64(byte & 0x7f) << shift
            shift += 7
            if byte < 0x80 {
                precondition(byte > 0 || shift == 7, "a number is not in its shortest form")
                return value
            }
        }
        preconditionFailure("a number is cut")
    }

    private static func fixed(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> UInt64 {
        precondition(rest.count >= count, "a number is cut")
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).enumerated().reduce(0) { $0 + UInt64($1.element) << UInt64($1.offset * 8) }
    }
}
