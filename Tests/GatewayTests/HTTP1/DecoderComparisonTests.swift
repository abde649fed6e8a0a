import NIOCore
import NIOEmbedded
import NIOHTTP1
import TestSupport
import Testing

@testable import Gateway

/// Our decoder against NIOHTTP1's on valid messages, whole and split at every byte.
@Suite struct DecoderComparisonTests {
    @Test func `valid messages mean the same to NIOHTTP1, split at every byte`() throws {
        var random = SeededGenerator.forTest(seed: 20_261_124)
        for _ in 0..<60 {
            var message = MessageMaker(random: random)
            let bytes = message.requests(random.int(1...3))
            random = message.random
            let theirs = try decodeWithNIO([bytes])
            let ours = RequestReader.read([bytes])
            #expect(ours.error == nil)
            try #require(ours.requests == theirs)
            let isSameInPieces = bytes.splits.allSatisfy { RequestReader.read($0).requests == theirs }
            #expect(isSameInPieces)
            let isSameBytewise = try decodeWithNIO(bytes.bytewise) == theirs
            #expect(isSameBytewise)
        }
    }

    /// NIOHTTP1 leaves the white space after a value in place, which RFC 9112 section 5.1 excludes from it.
    private static func trimmed(_ value: String) -> String {
        var value = value[...]
        while let last = value.last, last == " " || last == "\t" { value.removeLast() }
        return String(value)
    }

    private func decodeWithNIO(_ pieces: [[UInt8]]) throws -> [DecodedRequest] {
        let channel = EmbeddedChannel(
            handler: ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
        for piece in pieces { try channel.writeInbound(ByteBuffer(bytes: piece)) }
        var requests: [DecodedRequest] = []
        while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head(let head):
                requests.append(
                    DecodedRequest(
                        method: head.method.rawValue, target: head.uri, isNew: head.version == .http1_1,
                        keepAlive: head.isKeepAlive,
                        fields: head.headers.map { "\($0.name): \(Self.trimmed($0.value))" }, body: []))
            case .body(let buffer): requests[requests.count - 1].body += Array(buffer.readableBytesView)
            case .end: break
            }
        }
        return requests
    }
}

/// Makes valid requests at random.
private struct MessageMaker {
    var random: SeededGenerator
    private static let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
    private static let nameBytes = Array("abcXYZ019-!#$%&'*+.^`|~".utf8)

    mutating func requests(_ count: Int) -> [UInt8] {
        (0..<count).flatMap { _ in request() }
    }

    private mutating func request() -> [UInt8] {
        let method = Self.methods[random.int(0...Self.methods.count - 1)]
        var out = Array(
            "\(method) /\(word(1...20))?\(word(0...10)) HTTP/1.1\r\nHost: \(word(1...8)).example:80\r\n".utf8)
        for _ in 0..<random.int(0...6) {
            out += name()
            out += Array(":\(space())\(word(0...24))\(space())\r\n".utf8)
        }
        var body = (0..<random.int(0...40)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        switch random.int(0...2) {
        case 0:
            out += Array("\r\n".utf8)
            body = []
        case 1: out += Array("Content-Length:\(space())\(body.count)\r\n\r\n".utf8)
        default:
            out += Array("Transfer-Encoding: chunked\r\n\r\n".utf8)
            body = chunks(body)
        }
        return out + body
    }

    private mutating func chunks(_ body: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var rest = body[...]
        while !rest.isEmpty {
            let piece = rest.prefix(random.int(1...rest.count))
            rest = rest.dropFirst(piece.count)
            out += Array("\(String(piece.count, radix: 16, uppercase: random.oneIn(2)))\r\n".utf8) + piece
            out += Array("\r\n".utf8)
        }
        return out + Array("0\r\n\r\n".utf8)
    }

    private mutating func space() -> String { ["", " ", "  ", "\t", " \t"][random.int(0...4)] }

    private mutating func name() -> [UInt8] {
        Array("x-".utf8)
            + (0..<random.int(1...12)).map { _ in Self.nameBytes[random.int(0...Self.nameBytes.count - 1)] }
    }

    private mutating func word(_ length: ClosedRange<Int>) -> String {
        String((0..<random.int(length)).map { _ in Character(Unicode.Scalar(UInt8(random.int(0x61...0x7A)))) })
    }
}
