import Foundation
import TestSupport

/// A body that is the same odd number of bytes again and again, so that each received byte can be told right or wrong.
enum BodyPattern {
    private static let size = 65_521
    private static let block: [UInt8] = {
        var numbers = SeededGenerator(seed: 42)
        return (0..<size).map { _ in UInt8.random(in: 0...255, using: &numbers) }
    }()

    /// Its first bytes.
    static func bytes(_ count: Int) -> [UInt8] { bytes(0..<count) }

    private static func bytes(_ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < range.count {
            let place = (range.lowerBound + bytes.count) % size
            bytes += block[place..<min(size, place + range.count - bytes.count)]
        }
        return bytes
    }

    /// The header line that announces it.
    static func framing(_ total: Int, isChunked: Bool) -> String {
        isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(total)"
    }

    /// The line that announces it, the end of the head, and the body.
    static func framed(_ total: Int, isChunked: Bool) -> [UInt8] {
        let head = Array("\(framing(total, isChunked: isChunked))\r\n\r\n".utf8)
        guard isChunked else { return head + bytes(total) }
        let chunks = stride(from: 0, to: total, by: 7_001).flatMap { chunk(bytes($0..<min($0 + 7_001, total))) }
        return head + chunks + Array("0\r\n\r\n".utf8)
    }

    /// False when the peer is gone.
    static func send(_ total: Int, isChunked: Bool, to descriptor: Int32) -> Bool {
        let whole = isChunked ? chunk(block) : block
        for _ in 0..<(total / size) where !Loopback.send(descriptor, whole) { return false }
        let rest = Array(block.prefix(total % size))
        return Loopback.send(descriptor, isChunked ? chunk(rest) + Array("0\r\n\r\n".utf8) : rest)
    }

    private static func chunk(_ data: [UInt8]) -> [UInt8] {
        data.isEmpty ? [] : Array("\(String(data.count, radix: 16))\r\n".utf8) + data + [13, 10]
    }

    /// Reads a body from `part`, which gives nothing at the end of the connection.
    ///
    /// - Returns: How many bytes came up to the first wrong one; nil when the body didn't end as its framing says.
    static func receive(_ total: Int, isChunked: Bool, from part: () -> [UInt8]) -> Int? {
        var chunks = ChunkReader()
        var count = 0
        while isChunked ? !chunks.isComplete : count < total {
            let bytes = part()
            if bytes.isEmpty { return nil }
            for range in isChunked ? chunks.data(in: bytes) : [0..<bytes.count] {
                guard isRight(bytes[range], at: count) else { return count }
                count += range.count
            }
        }
        return count
    }

    private static func isRight(_ bytes: ArraySlice<UInt8>, at offset: Int) -> Bool {
        var rest = bytes
        var place = offset % size
        while !rest.isEmpty {
            let length = min(rest.count, size - place)
            let isEqual = rest.withUnsafeBytes { left in
                block.withUnsafeBytes { right in
                    guard let left = left.baseAddress, let right = right.baseAddress else { return false }
                    return memcmp(left, right + place, length) == 0
                }
            }
            guard isEqual else { return false }
            rest = rest.dropFirst(length)
            place = 0
        }
        return true
    }
}

/// Where the data of a chunked body lies in bytes that come in any pieces; without extensions and trailers.
private struct ChunkReader {
    private(set) var isComplete = false
    private var digits = ""
    /// Of the chunk with its line end, once its size is known.
    private var left = 0

    mutating func data(in bytes: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var at = 0
        while at < bytes.count {
            if left > 0 {
                let length = min(left, bytes.count - at)
                let data = min(length, max(0, left - 2))
                if data > 0 { ranges.append(at..<at + data) }
                left -= length
                at += length
                continue
            }
            if bytes[at] == 10 {
                let size = Int(digits, radix: 16) ?? 0
                left = size + 2
                // The empty line behind the last chunk must be the end of the bytes.
                if size == 0, Array(bytes[(at + 1)...]) == [13, 10] { isComplete = true }
                digits = ""
            } else if bytes[at] != 13 {
                digits.append(Character(Unicode.Scalar(bytes[at])))
            }
            at += 1
        }
        return ranges
    }
}
