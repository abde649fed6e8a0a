/// What `meta.json` says of a block: its version and its span of time. Everything else there is skipped.
struct BlockMeta: Sendable, Equatable {
    /// The first and, exclusive, the last millisecond.
    var minTime: Int64
    var maxTime: Int64

    /// Most levels of lists and objects.
    private static let maxDepth = 64

    /// Reads the file's text.
    init(_ bytes: [UInt8], path: String) throws(BlockError) {
        var found: [String: Int64] = [:]
        var scanner = Scanner(bytes: bytes, path: path)
        try scanner.object(depth: 0) { key, number in if let number { found[key] = number } }
        guard scanner.isAtEnd else { throw scanner.failure("text after the object") }
        guard found["version"] == 1 else {
            throw BlockError(path: path, message: "not the meta.json of a block of version 1")
        }
        guard let minTime = found["minTime"], let maxTime = found["maxTime"], minTime <= maxTime else {
            throw BlockError(path: path, message: "minTime and maxTime are missing or contradict each other")
        }
        self.minTime = minTime
        self.maxTime = maxTime
    }

    /// JSON (RFC 8259) as far as it must be understood to find the numbers of the outermost object.
    private struct Scanner {
        let bytes: [UInt8]
        let path: String
        var place = 0

        func failure(_ message: String) -> BlockError { BlockError(path: path, offset: place, message: message) }

        var isAtEnd: Bool {
            mutating get {
                skipBlanks()
                return place == bytes.count
            }
        }

        private var next: UInt8 { place < bytes.count ? bytes[place] : 0 }

        mutating func skipBlanks() { while [0x20, 0x09, 0x0a, 0x0d].contains(next) { place += 1 } }

        mutating func take(_ byte: UInt8) -> Bool {
            skipBlanks()
            guard place < bytes.count, next == byte else { return false }
            place += 1
            return true
        }

        mutating func object(depth: Int, _ member: (String, Int64?) -> Void) throws(BlockError) {
            guard take(UInt8(ascii: "{")) else { throw failure("expected an object") }
            if take(UInt8(ascii: "}")) { return }
            repeat {
                let key = try string()
                guard take(UInt8(ascii: ":")) else { throw failure("expected ':'") }
                member(key, try value(depth: depth + 1))
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { throw failure("expected '}'") }
        }

        /// Skips a value; gives it when it is a whole number.
        private mutating func value(depth: Int) throws(BlockError) -> Int64? {
            guard depth < BlockMeta.maxDepth else { throw failure("too many levels") }
            skipBlanks()
            switch next {
            case UInt8(ascii: "{"): try object(depth: depth) { _, _ in }
            case UInt8(ascii: "["): try list(depth: depth)
            case UInt8(ascii: "\""): _ = try string()
            default: return try word()
            }
            return nil
        }

        private mutating func list(depth: Int) throws(BlockError) {
            guard take(UInt8(ascii: "[")) else { throw failure("expected a list") }
            if take(UInt8(ascii: "]")) { return }
            repeat { _ = try value(depth: depth + 1) } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "]")) else { throw failure("expected ']'") }
        }

        /// A number, `true`, `false` or `null`.
        private mutating func word() throws(BlockError) -> Int64? {
            let start = place
            while place < bytes.count, !",]} \t\r\n".utf8.contains(next) { place += 1 }
            guard place > start else { throw failure("expected a value") }
            return Int64(String(decoding: bytes[start..<place], as: UTF8.self))
        }

        private mutating func string() throws(BlockError) -> String {
            guard take(UInt8(ascii: "\"")) else { throw failure("expected a string") }
            let start = place
            while place < bytes.count, next != UInt8(ascii: "\"") { place += next == UInt8(ascii: "\\") ? 2 : 1 }
            guard place < bytes.count else { throw failure("the string has no end") }
            defer { place += 1 }
            return String(decoding: bytes[start..<place], as: UTF8.self)
        }
    }
}
