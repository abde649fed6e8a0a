/// OpenTelemetry's severity numbers of the names that log levels have.
enum Severity {
    /// 1 … 24, or nil for a text that is no known level. ASCII case does not matter.
    static func number(_ text: UnsafeRawBufferPointer) -> UInt8? {
        guard (1...13).contains(text.count) else { return nil }
        var word: UInt64 = 0
        for byte in text.prefix(8) { word = word << 8 | UInt64(byte | 0x20) }
        return numbers.first { $0.word == word && $0.count == text.count }?.number
    }

    private static let numbers: [(word: UInt64, count: Int, number: UInt8)] =
        [
            ("info", 9), ("warning", 13), ("error", 17), ("debug", 5), ("warn", 13), ("notice", 10), ("trace", 1),
            ("critical", 21), ("fatal", 21), ("err", 17), ("crit", 21), ("alert", 22), ("emergency", 24),
            ("emerg", 24), ("panic", 24), ("informational", 9), ("verbose", 5),
        ]
        .map { (name: String, number: UInt8) in
            let word = name.utf8.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1 | 0x20) }
            return (word, name.utf8.count, number)
        }
}
