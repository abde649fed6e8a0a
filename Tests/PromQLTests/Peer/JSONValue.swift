import TestSupport

/// A JSON text, read for tests; numbers keep their text.
enum JSONValue {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([(key: String, value: JSONValue)])

    /// The value of an object's key.
    subscript(key: String) -> JSONValue? {
        guard case .object(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }

    var text: String? {
        switch self {
        case .string(let text), .number(let text): text
        default: nil
        }
    }

    var items: [JSONValue] {
        if case .array(let items) = self { return items }
        return []
    }

    static func parse(_ bytes: [UInt8]) throws -> JSONValue {
        var reader = Reader(bytes: bytes)
        return try reader.value()
    }

    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        mutating func skipSpace() {
            while place < bytes.count, bytes[place] <= 32 { place += 1 }
        }

        mutating func take(_ byte: Character) -> Bool {
            skipSpace()
            guard place < bytes.count, bytes[place] == byte.asciiValue else { return false }
            place += 1
            return true
        }

        mutating func value() throws -> JSONValue {
            skipSpace()
            guard place < bytes.count else { throw Absent(what: "JSON ends early") }
            if take("[") {
                var items: [JSONValue] = []
                if take("]") { return .array(items) }
                repeat { items.append(try value()) } while take(",")
                _ = take("]")
                return .array(items)
            }
            if take("{") {
                var entries: [(key: String, value: JSONValue)] = []
                if take("}") { return .object(entries) }
                repeat {
                    let key = try value().text ?? ""
                    _ = take(":")
                    entries.append((key, try value()))
                } while take(",")
                _ = take("}")
                return .object(entries)
            }
            if take("\"") { return .string(try string()) }
            let start = place
            while place < bytes.count, !",]}".utf8.contains(bytes[place]), bytes[place] > 32 { place += 1 }
            switch String(decoding: bytes[start..<place], as: UTF8.self) {
            case "null": return .null
            case "true": return .bool(true)
            case "false": return .bool(false)
            case let text: return .number(text)
            }
        }

        mutating func string() throws -> String {
            var out: [UInt8] = []
            while place < bytes.count, bytes[place] != 0x22 {
                if bytes[place] == 0x5c, place + 1 < bytes.count {
                    place += 1
                    switch bytes[place] {
                    case 0x6e: out.append(10)
                    case 0x72: out.append(13)
                    case 0x74: out.append(9)
                    case 0x62: out.append(8)
                    case 0x66: out.append(12)
                    case 0x75:
                        let digits = String(decoding: bytes[(place + 1)..<min(place + 5, bytes.count)], as: UTF8.self)
                        let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) ?? "\u{fffd}"
                        out += Array(String(scalar).utf8)
                        place += 4
                    case let byte: out.append(byte)
                    }
                } else {
                    out.append(bytes[place])
                }
                place += 1
            }
            if place >= bytes.count { throw Absent(what: "a JSON string ends early") }
            place += 1
            return String(decoding: out, as: UTF8.self)
        }
    }
}
