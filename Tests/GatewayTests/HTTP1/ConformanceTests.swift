import Foundation
import TestSupport
import Testing

@testable import Gateway

/// Messages that others collected. What we refuse or accept against their verdict is listed with the reason.
@Suite(.enabled(if: Conformance.isPresent, "the conformance cases are absent: set CONFORMANCE_DIR"))
struct ConformanceTests {
    private struct LLHTTPCase: Decodable {
        var file: String
        var side: String
        var error: Int?
        var pause: String?
        var strict: Bool
        var type: String
    }

    private struct GunicornCase: Decodable {
        var file: String
        var expect: String
    }

    private struct Mutations: Decodable {
        var transferEncoding: [String]
        var contentLength: [String]
        var chunkedBodies: [String]
    }

    private func decode<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(try Conformance.bytes(name)))
    }

    /// `22` and `23` are llhttp's way to hand over after CONNECT, Upgrade and PRI, not refusals.
    private static let handOvers: Set<Int> = [22, 23]

    /// llhttp refuses these; we do not, because nothing of them reaches an upstream.
    private static let llhttpAccepted: [String: String] = [
        "llhttp/request-002.raw": "bytes after the last request of a connection are thrown away, not an error",
        "llhttp/request-041.raw": "an unknown method is answered with 501, after parsing",
        "llhttp/request-051.raw": "an unknown method is answered with 501, after parsing",
        "llhttp/response-167.raw": "bytes after the last response make the connection unusable, not the response",
        "llhttp/response-169.raw": "bytes after the last response make the connection unusable, not the response",
    ]

    @Test func `requests that llhttp refuses are refused, split anywhere`() throws {
        let cases = try decode([LLHTTPCase].self, "http/llhttp/index.json")
        var refused = 0
        for item in cases where item.side == "request" && item.strict {
            guard let error = item.error, !Self.handOvers.contains(error) else { continue }
            let bytes = try Conformance.bytes("http/\(item.file)")
            if Self.llhttpAccepted[item.file] != nil { continue }
            let reader = RequestReader.read([bytes])
            // A truncated message is refused when its connection ends inside of it.
            #expect(reader.error != nil || reader.isInside, "\(item.file)")
            refused += 1
            for pieces in splits(bytes) { #expect(RequestReader.read(pieces).error == reader.error, "\(item.file)") }
        }
        #expect(refused >= 45)
    }

    @Test func `responses that llhttp refuses are refused, split anywhere`() throws {
        let cases = try decode([LLHTTPCase].self, "http/llhttp/index.json")
        var refused = 0
        for item in cases where item.side == "response" && item.strict {
            guard let error = item.error, !Self.handOvers.contains(error) else { continue }
            if Self.llhttpAccepted[item.file] != nil { continue }
            let bytes = try Conformance.bytes("http/\(item.file)")
            let reader = ResponseReader.read([bytes])
            #expect(reader.error != nil, "\(item.file)")
            refused += 1
            for pieces in splits(bytes) { #expect(ResponseReader.read(pieces).error == reader.error, "\(item.file)") }
        }
        #expect(refused >= 20)
    }

    /// gunicorn refuses these by a setting of its own or for the PROXY protocol; for us they are unremarkable.
    private static let gunicornAccepted: [String: String] = [
        "006.raw": "a request line of 4 to 8 KiB, below our limit",
        "008.raw": "a head below our limit",
        "010.raw": "a limit of 10 bytes a field, a setting of that test",
        "011.raw": "a limit of 2 fields, a setting of that test",
        "012.raw": "a limit of 98 bytes a field, a setting of that test",
        "019.raw": "X-Forwarded-* of an untrusted peer is dropped, not compared",
        "040.raw": "names with an underscore are dropped, not refused",
        "chunked_07.raw": "names with an underscore are dropped, not refused",
        "limit_header_default_01.raw": "a limit that is a setting of that test",
        "003c.raw": "-bl is a token, so an unknown method: 501 after parsing",
        "pp_01.raw": "no PROXY protocol here",
        "pp_02.raw": "no PROXY protocol here",
        "pp_03.raw": "no PROXY protocol here",
    ]

    @Test func `requests that gunicorn refuses are refused, split anywhere`() throws {
        let cases = try decode([GunicornCase].self, "http/gunicorn/index.json")
        var refused = 0
        for item in cases where item.expect == "reject" {
            let name = item.file.split(separator: "/").last.map(String.init) ?? ""
            if Self.gunicornAccepted[name] != nil { continue }
            let bytes = try Conformance.bytes("http/\(item.file)")
            let reader = RequestReader.read([bytes])
            #expect(reader.error != nil || reader.isInside, "\(item.file)")
            refused += 1
            for pieces in splits(bytes) { #expect(RequestReader.read(pieces).error == reader.error, "\(item.file)") }
        }
        #expect(refused >= 60)
    }

    /// What gunicorn accepts and we refuse: reasons by which the refusal is justified.
    private static let refusalReasons: Set<RejectReason> = [
        .host, .target, .framing, .method, .header, .chunk, .requestLine, .version, .headersTooLarge,
    ]

    @Test func `what gunicorn accepts is accepted once it has a Host, or refused for a stated reason`() throws {
        let cases = try decode([GunicornCase].self, "http/gunicorn/index.json")
        var accepted = 0
        for item in cases where item.expect == "accept" {
            let bytes = try Conformance.bytes("http/\(item.file)")
            let reader = RequestReader.read([bytes])
            if let error = reader.error {
                #expect(Self.refusalReasons.contains(error.reason), "\(item.file)")
            } else {
                accepted += 1
            }
            for pieces in splits(bytes) { #expect(RequestReader.read(pieces).error == reader.error, "\(item.file)") }
        }
        #expect(accepted >= 15)
    }

    /// Positions in the lists of mutations that are ordinary messages. Where the field is not `Transfer-Encoding` at
    /// all (31, 38) the chunk after the head is a malformed next request.
    private static let soundCodings: Set<Int> = [0, 5, 6, 7, 22]
    private static let soundLengths: Set<Int> = [0, 4, 11, 21]

    @Test func `mutated framing is refused or means what it says`() throws {
        let mutations = try decode(Mutations.self, "http/framing-mutations.hex.json")
        for (index, hex) in mutations.transferEncoding.enumerated() {
            let field = bytes(hex)
            let coded = Array("POST / HTTP/1.1\r\nHost: h\r\n".utf8) + field + Array("\r\n\r\n0\r\n\r\n".utf8)
            check(coded, isSound: Self.soundCodings.contains(index), "coding \(index)")
        }
        for (index, hex) in mutations.contentLength.enumerated() {
            let field = bytes(hex)
            let sized = Array("POST / HTTP/1.1\r\nHost: h\r\n".utf8) + field + Array("\r\n\r\nhello".utf8)
            check(sized, isSound: Self.soundLengths.contains(index), "length \(index)")
        }
    }

    /// Positions of bodies that are complete and well-formed.
    private static let soundBodies: Set<Int> = [0, 13, 21, 24]
    /// Positions of bodies that are merely cut off.
    private static let unfinishedBodies: Set<Int> = [11, 26, 27]

    @Test func `mutated chunks are refused, wait or are a body`() throws {
        let mutations = try decode(Mutations.self, "http/framing-mutations.hex.json")
        for (index, hex) in mutations.chunkedBodies.enumerated() {
            let head = Array("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
            let message = head + bytes(hex)
            let reader = RequestReader.read([message])
            if Self.unfinishedBodies.contains(index) {
                #expect(reader.error == nil && reader.requests.isEmpty, "body \(index)")
            } else {
                check(message, isSound: Self.soundBodies.contains(index), "body \(index)")
            }
        }
    }

    private func check(_ message: [UInt8], isSound: Bool, _ name: String) {
        let reader = RequestReader.read([message])
        #expect(
            (reader.error == nil) == isSound, "\(name): \(String(decoding: message, as: UTF8.self).debugDescription)")
        for pieces in splits(message) { #expect(RequestReader.read(pieces).error == reader.error, "\(name)") }
    }

    private func splits(_ bytes: [UInt8]) -> [[[UInt8]]] {
        bytes.count < 1_000 ? bytes.splits : [bytes.chunked(7)]
    }

    private func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap { at in
            guard let high = ByteClass.hexValue(digits[at]), let low = ByteClass.hexValue(digits[at + 1]) else {
                return nil
            }
            return high << 4 | low
        }
    }
}
