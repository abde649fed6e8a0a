/// Goes over the fields of a protobuf message from outside.
enum ProtobufReader {
    enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        case bytes(UnsafeRawBufferPointer)
        case fixed32(UInt32)
    }

    /// Calls `body` with each field's number and value until it returns false. Returns whether the message is well formed
    /// and `body` always returned true. Of a message that was cut the last field may be shorter than it says.
    static func forEachField(
        _ message: UnsafeRawBufferPointer, isCut: Bool = false, _ body: (UInt64, Value) -> Bool
    ) -> Bool {
        var index = 0
        while index < message.count {
            guard let tag = takeVarint(message, &index), let value = takeValue(tag & 7, message, &index, isCut),
                body(tag >> 3, value)
            else { return false }
        }
        return true
    }

    private static func takeValue(
        _ type: UInt64, _ message: UnsafeRawBufferPointer, _ index: inout Int, _ isCut: Bool
    ) -> Value? {
        switch type {
        case 0: return takeVarint(message, &index).map { .varint($0) }
        case 1: return takeFixed(8, message, &index).map { .fixed64($0) }
        case 2:
            guard let said = takeVarint(message, &index) else { return nil }
            let room = message.count - index
            guard said <= UInt64(room) || isCut else { return nil }
            let count = Int(min(said, UInt64(room)))
            defer { index += count }
            return .bytes(UnsafeRawBufferPointer(rebasing: message[index..<(index + count)]))
        case 5: return takeFixed(4, message, &index).map { .fixed32(UInt32($0)) }
        default: return nil
        }
    }

    private static func takeFixed(_ count: Int, _ message: UnsafeRawBufferPointer, _ index: inout Int) -> UInt64? {
        guard message.count - index >= count else { return nil }
        defer { index += count }
        return message[index..<(index + count)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }

    private static func takeVarint(_ message: UnsafeRawBufferPointer, _ index: inout Int) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard index < message.count else { return nil }
            let byte = message[index]
            index += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
