/// A line that a destination refused for good, with where it came from and why it was refused.
///
/// In files it is one JSON object a line: `time_unix_nano` (a string), `tenant`, `path`, `offset`, `status`, `reason` and
/// `line_base64`, the original bytes.
struct DeadLetter: Equatable, Sendable {
    var tenant: String
    var path: String
    var offset: Int64
    var status: Int
    var reason: String
    var wallNanos: Int64
    var line: [UInt8]

    /// The line in a file, with its line feed.
    func encoded() -> [UInt8] {
        line.withUnsafeBytes { bytes in
            DeadLetterFile.encode(
                DeadLetterFile.Letter(
                    tenant: tenant, path: path, offset: offset, status: status, reason: reason, wallNanos: wallNanos,
                    line: bytes))
        }
    }

    /// Reads a line without its line feed. Nil where it is no letter: torn by a crash, or written by somebody else.
    /// Unknown keys are passed over, so that later versions may add some.
    static func parse(_ text: UnsafeRawBufferPointer) -> DeadLetter? {
        guard let base = text.baseAddress else { return nil }
        var cursor = JSONCursor(base: base, end: text.count)
        var draft = Draft()
        cursor.skipSpace()
        guard cursor.take(0x7b) else { return nil }
        while true {
            cursor.skipSpace()
            guard let key = cursor.takeString() else { return nil }
            cursor.skipSpace()
            guard cursor.take(0x3a) else { return nil }
            cursor.skipSpace()
            guard let value = cursor.takeValue() else { return nil }
            guard draft.take(bytes(text, key.start, key.count), value, text) else { return nil }
            cursor.skipSpace()
            if cursor.take(0x2c) { continue }
            guard cursor.take(0x7d) else { return nil }
            cursor.skipSpace()
            return cursor.index == text.count ? draft.letter : nil
        }
    }

    private static func bytes(_ text: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text[start..<(start + count)])
    }

    /// What has been read of a letter so far.
    private struct Draft {
        private var tenant: String?
        private var path: String?
        private var reason: String?
        private var line: [UInt8]?
        private var offset: Int64?
        private var status: Int?
        private var wallNanos: Int64?

        var letter: DeadLetter? {
            guard let tenant, let path, let reason, let line, let offset, let status, let wallNanos else { return nil }
            return DeadLetter(
                tenant: tenant, path: path, offset: offset, status: status, reason: reason, wallNanos: wallNanos,
                line: line)
        }

        mutating func take(
            _ key: UnsafeRawBufferPointer, _ value: FieldVerdict, _ text: UnsafeRawBufferPointer
        ) -> Bool {
            switch String(decoding: key, as: UTF8.self) {
            case "tenant": tenant = string(value, text)
            case "path": path = string(value, text)
            case "reason": reason = string(value, text)
            case "offset": offset = number(value, text)
            case "time_unix_nano": wallNanos = number(value, text)
            case "status": status = number(value, text).flatMap { Int(exactly: $0) }
            case "line_base64":
                guard case .plain(let start, let count) = value else { return false }
                line = Base64.decode(bytes(text, start, count))
            default: return true
            }
            return true
        }

        private func string(_ value: FieldVerdict, _ text: UnsafeRawBufferPointer) -> String? {
            switch value {
            case .plain(let start, let count): return String(decoding: bytes(text, start, count), as: UTF8.self)
            case .escaped(let start, let count):
                return JSONText.unescape(bytes(text, start, count), limit: count)
                    .map { String(decoding: $0, as: UTF8.self) }
            case .notString, .absent, .ambiguous, .notJSON: return nil
            }
        }

        private func number(_ value: FieldVerdict, _ text: UnsafeRawBufferPointer) -> Int64? {
            switch value {
            case .plain(let start, let count), .notString(let start, let count):
                guard count <= 20 else { return nil }
                return Int64(String(decoding: bytes(text, start, count), as: UTF8.self)).flatMap { $0 >= 0 ? $0 : nil }
            case .escaped, .absent, .ambiguous, .notJSON: return nil
            }
        }
    }
}
