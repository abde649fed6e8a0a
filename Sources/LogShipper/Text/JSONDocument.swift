/// Writes a JSON document piece by piece; commas come by themselves. Off the hot path.
struct JSONDocument {
    private let output = GrowableBytes(capacity: 4096)
    private var needsComma = false

    /// The text so far.
    var bytes: [UInt8] { Array(output.bytes) }

    mutating func beginObject(_ key: StaticString? = nil) { open(key, 0x7b) }
    mutating func endObject() { close(0x7d) }
    mutating func beginArray(_ key: StaticString? = nil) { open(key, 0x5b) }
    mutating func endArray() { close(0x5d) }

    mutating func string(_ key: StaticString? = nil, _ value: String) {
        begin(key)
        JSONEscape.appendString(value, to: output)
    }

    /// Null where there is none.
    mutating func optional(_ key: StaticString, _ value: String?) {
        begin(key)
        if let value { JSONEscape.appendString(value, to: output) } else { output.append("null") }
    }

    /// Bytes that ought to be UTF-8; what is not becomes U+FFFD.
    mutating func text(_ key: StaticString, _ value: [UInt8]) {
        begin(key)
        output.append(0x22)
        _ = value.withUnsafeBytes { JSONEscape.appendContent($0, to: output) }
        output.append(0x22)
    }

    mutating func number(_ key: StaticString, _ value: some BinaryInteger) {
        begin(key)
        output.append(Array(String(value).utf8))
    }

    mutating func bool(_ key: StaticString, _ value: Bool) {
        begin(key)
        output.append(value ? "true" : "false")
    }

    private mutating func open(_ key: StaticString?, _ bracket: UInt8) {
        begin(key)
        output.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        output.append(bracket)
        needsComma = true
    }

    private mutating func begin(_ key: StaticString?) {
        if needsComma { output.append(0x2c) }
        needsComma = true
        guard let key else { return }
        output.append(0x22)
        output.append(key)
        output.append("\":")
    }
}
