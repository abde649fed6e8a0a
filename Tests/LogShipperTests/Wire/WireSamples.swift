import CurlHTTP
import Foundation
import TestSupport
import Testing

@testable import LogShipper

/// Batches, bodies and random lines for tests of encoders.
enum WireSamples {
    static let closedNanos: Int64 = 1_764_000_000_123_456_789

    static func batch(
        _ lines: [[UInt8]], tenant: String = "acme", file: FileSerial = 1, id: UInt64 = 1
    ) -> Batch {
        var content = BatchContent()
        let pool = ChunkPool()
        var offset: Int64 = 0
        for line in lines {
            line.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress {
                    content.append(base, bytes.count, file: file, fileOffset: offset, pool: pool)
                }
            }
            offset += Int64(line.count) + 1
        }
        return Batch(
            id: id, tenant: 1, tenantName: tenant, content: content, pool: pool, closedWallNanos: closedNanos)
    }

    static func unit(_ lines: [String], tenant: String = "acme") -> LogShipper.Unit {
        LogShipper.Unit(whole: batch(lines.map { Array($0.utf8) }, tenant: tenant))
    }

    static func text(_ encoder: any OutputEncoder, _ unit: LogShipper.Unit) -> String {
        String(decoding: encoder.encode(unit), as: UTF8.self)
    }

    static func json(_ bytes: some Sequence<UInt8>) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
    }

    /// Inflates members one after another, up to where they break off.
    static func gunzipAll(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            // A member ends where the next one's magic starts; samples are too small to hold it by chance.
            var end = rest.index(after: rest.startIndex)
            while end < rest.endIndex, !rest[end...].starts(with: [0x1f, 0x8b, 0x08]) { end += 1 }
            let member = Array(rest[..<end]).withUnsafeBytes { GzipCodec.gunzipSingleMember($0, limit: 1 << 20) }
            guard let member else { return result }
            result += member
            rest = rest[end...]
        }
        return result
    }

    /// A line that is a JSON object, or nearly one, or no text at all.
    static func randomLine(_ generator: inout SeededGenerator) -> [UInt8] {
        if generator.oneIn(12) {
            return (0..<generator.int(1...60)).map { _ in
                let byte = UInt8(truncatingIfNeeded: generator.next())
                return byte == 0x0a ? 0x20 : byte
            }
        }
        var line = Array(value(depth: 0, &generator).utf8)
        if generator.oneIn(5) {
            for _ in 0..<generator.int(1...3) where !line.isEmpty {
                let place = generator.int(0...(line.count - 1))
                switch generator.int(0...3) {
                case 0: line[place] = [0x22, 0x5c, 0x7b, 0x7d, 0x2c, 0x3a, 0x00, 0x30][generator.int(0...7)]
                case 1: line.remove(at: place)
                case 2: line.insert(UInt8(truncatingIfNeeded: generator.next()) | 0x80, at: place)
                default: line.removeLast()
                }
            }
        }
        let clean = line.filter { $0 != 0x0a }
        return clean.isEmpty ? [0x7b, 0x7d] : clean
    }

    private static func value(depth: Int, _ generator: inout SeededGenerator) -> String {
        switch depth == 0 ? 0 : generator.int(0...9) {
        case 0 where depth < 5:
            let space = generator.oneIn(6) ? " " : ""
            let members = (0..<generator.int(0...5)).map { _ in
                "\(string(&generator))\(space):\(space)\(value(depth: depth + 1, &generator))"
            }
            return "{\(space)\(members.joined(separator: "\(space),\(space)"))\(space)}"
        case 1 where depth < 5:
            return
                "[\((0..<generator.int(0...4)).map { _ in value(depth: depth + 1, &generator) }.joined(separator: ","))]"
        case 2: return ["true", "false", "null"][generator.int(0...2)]
        case 3: return "\(generator.int(-99_999...99_999))"
        case 4: return "1\(String(repeating: "0", count: generator.int(0...40)))"
        case 5:
            return
                "-\(generator.int(0...9)).\(generator.int(0...999))e\(generator.oneIn(2) ? "+" : "-")\(generator.int(0...9))"
        default: return string(&generator)
        }
    }

    private static func string(_ generator: inout SeededGenerator) -> String {
        let parts = [
            "a", "level", "ts", "é", "€", "😀", "\\n", "\\\"", "\\\\", "\\u00e9", "\\ud83d\\ude00", "\\/", " ", "tenant",
            "0123456789abcdef", "x",
        ]
        return "\"\((0..<generator.int(0...4)).map { _ in parts[generator.int(0...(parts.count - 1))] }.joined())\""
    }
}

extension LineFields {
    /// A copy of the verdict as text, for tests.
    func text(_ key: Int, in line: [UInt8]) -> String? {
        switch self[key] {
        case .plain(let start, let count), .escaped(let start, let count), .notString(let start, let count):
            String(decoding: line[start..<(start + count)], as: UTF8.self)
        case .absent, .ambiguous, .notJSON: nil
        }
    }
}

extension OutputEncoder {
    /// The body before compression. Small pieces are drained, too, as a codec would have them.
    func encode(_ unit: LogShipper.Unit) -> [UInt8] {
        let sink = BodySink(codec: nil)
        encode(unit, into: sink)
        return (try? sink.finish()).map { Array($0.body.bytes) } ?? []
    }
}
