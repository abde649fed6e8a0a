/// A comment of a query, from `#` to the end of its line.
struct QueryComment: Equatable {
    /// Byte of the `#`.
    var offset: Int
    /// The text without white space at its end.
    var text: String
    /// Whether something else stands before it on its line.
    var isTrailing: Bool

    /// All comments of a text, in order.
    static func scan(_ bytes: [UInt8]) -> [QueryComment] {
        var found: [QueryComment] = []
        var isTrailing = false
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            switch byte {
            case UInt8(ascii: "#"):
                let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
                var last = end
                while last > place, bytes[last - 1] <= 0x20 { last -= 1 }
                found.append(
                    QueryComment(
                        offset: place, text: String(decoding: bytes[place..<last], as: UTF8.self),
                        isTrailing: isTrailing))
                place = end
                continue
            case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
                isTrailing = true
                place = endOfString(bytes, from: place)
                continue
            case UInt8(ascii: "\n"): isTrailing = false
            case 0...0x20: break
            default: isTrailing = true
            }
            place += 1
        }
        return found
    }

    private static func endOfString(_ bytes: [UInt8], from start: Int) -> Int {
        var place = start + 1
        while place < bytes.count, bytes[place] != bytes[start] {
            if bytes[place] == UInt8(ascii: "\\"), bytes[start] != UInt8(ascii: "`") { place += 1 }
            place += 1
        }
        return min(place + 1, bytes.count)
    }
}

extension Expression {
    /// Where the comments of a query stand, from `#` up to the end of the line without blanks before it; bytes of the
    /// UTF-8 text, in order. The text need not be right.
    public static func comments(in text: String) -> [Range<Int>] {
        guard text.utf8.contains(UInt8(ascii: "#")) else { return [] }
        return QueryComment.scan(Array(text.utf8)).map { $0.offset..<$0.offset + $0.text.utf8.count }
    }
}
