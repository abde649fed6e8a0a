import Foundation
import TestSupport
import Testing

@testable import StructuredLog

/// Encodes with the real encoders, without a ring.
enum Lines {
    /// The line of an access entry, with its newline.
    static func access(
        _ entry: AccessEntry, sequence: UInt64 = 1, queries: QueryPolicy = .nothing
    ) -> [UInt8] {
        var encoder = AccessLineEncoder(run: "r1", loop: 3, queries: queries)
        let worst = encoder.worstCase(entry)
        return collect(bytes: worst) { encoder.encode(entry, sequence: sequence, to: &$0) }
    }

    /// The line of a record, with its newline.
    static func record(_ record: LogRecord, sequence: UInt64 = 1) -> [UInt8] {
        var encoder = RecordEncoder(run: "r1", loop: 0)
        return collect(bytes: LineLimits.lineBytes) { encoder.encode(record, sequence: sequence, to: &$0) }
    }

    /// What a cursor wrote; records an issue if it wrote more than `bytes`.
    static func collect(bytes: Int, _ body: (inout LineCursor) -> Void) -> [UInt8] {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes * 2 + 65_536, alignment: 1)
        defer { memory.deallocate() }
        var cursor = LineCursor(at: memory)
        body(&cursor)
        #expect(cursor.count <= bytes, "the worst case was computed too small")
        return Array(UnsafeRawBufferPointer(start: memory, count: cursor.count))
    }

    /// Reads a line with a parser that is not ours, and checks that it is one line.
    static func parse(_ line: [UInt8]) throws -> [String: Any] {
        #expect(line.last == 0x0A)
        #expect(line.filter { $0 == 0x0A }.count == 1)
        let value = try JSONSerialization.jsonObject(with: Data(line))
        return try #require(value as? [String: Any])
    }

    /// The text of one key.
    static func text(_ key: String, of line: [UInt8]) throws -> String? { try parse(line)[key] as? String }
}

/// An entry with the text fields of a test; `body` runs while they are alive.
func withEntry<Result>(
    micros: Int64 = 1_787_315_696_123_456, tenant: [UInt8] = [], path: [UInt8] = [], query: [UInt8] = [],
    userAgent: [UInt8] = [], _ body: (AccessEntry) throws -> Result
) rethrows -> Result {
    try tenant.withUnsafeBytes { tenant in
        try path.withUnsafeBytes { path in
            try query.withUnsafeBytes { query in
                try userAgent.withUnsafeBytes { userAgent in
                    var entry = AccessEntry(timestampMicros: micros)
                    entry.tenant = tenant
                    entry.path = path
                    entry.query = query
                    entry.userAgent = userAgent
                    return try body(entry)
                }
            }
        }
    }
}
