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

    /// Good by the corpora, once they have an end and a Host, and refused here; docs/HTTP.md gives the reasons.
    private static let refused: Set = [
        "llhttp-request-076", "llhttp-request-083", "llhttp-request-084", "llhttp-request-085", "llhttp-request-111",
        "llhttp-request-125", "llhttp-request-139", "llhttp-request-140", "llhttp-request-158", "llhttp-request-160",
        "llhttp-response-178", "llhttp-response-218", "llhttp-response-219", "llhttp-response-233",
        "llhttp-response-235", "llhttp-response-237", "llhttp-response-238", "llhttp-response-239",
        "gunicorn-valid-005", "gunicorn-valid-009", "gunicorn-valid-012", "gunicorn-valid-013", "gunicorn-valid-024",
        "gunicorn-valid-025", "gunicorn-valid-025_line", "gunicorn-valid-026", "gunicorn-valid-027",
        "gunicorn-valid-028", "gunicorn-valid-029", "gunicorn-valid-030", "gunicorn-valid-compat_obs_fold",
        "gunicorn-valid-compat_obs_fold_huge", "gunicorn-valid-pp_01", "gunicorn-valid-pp_02", "gunicorn-valid-pp_04",
        "gunicorn-valid-pp_05", "gunicorn-valid-rfc9112_smuggle_gzip_chunked_01",
        "gunicorn-valid-rfc9112_smuggle_te_identity_chunked_01", "gunicorn-valid-rfc9112_target_absolute_userinfo_01",
        "gunicorn-valid-rfc9112_target_authority_connect_01", "gunicorn-valid-rfc9112_target_authority_ipv6_01",
    ]

    /// The messages that both corpora hold for good, by name.
    private func good() throws -> [(name: String, isRequest: Bool, bytes: [UInt8])] {
        let llhttp = try decode([LLHTTPCase].self, "http/llhttp/index.json").filter { $0.strict && $0.error == nil }
        let gunicorn = try decode([GunicornCase].self, "http/gunicorn/index.json").filter { $0.expect == "accept" }
        let files = llhttp.map { ($0.file, $0.side == "request") } + gunicorn.map { ($0.file, true) }
        return try files.map { file, isRequest in
            let name = file.replacing(".raw", with: "").replacing("/", with: "-")
            return (name, isRequest, whole(try Conformance.bytes("http/\(file)"), isRequest: isRequest))
        }
    }

    /// llhttp's heads stop before their end, and neither parser asks for a Host.
    private func whole(_ bytes: [UInt8], isRequest: Bool) -> [UInt8] {
        var text = String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        if isRequest, !text.lowercased().contains("\nhost:") {
            text = text.replacing(" HTTP/1.1\r\n", with: " HTTP/1.1\r\nHost: a\r\n")
        }
        if !text.contains("\r\n\r\n"), text.hasSuffix("\r\n") { text += "\r\n" }
        return text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }

    @Test func `what the corpora accept is accepted, but for a list that the documentation has`() throws {
        let messages = try good()
        #expect(messages.count >= 180)
        let documentation = try String(contentsOfFile: "\(Places.packageRoot)/docs/HTTP.md", encoding: .utf8)
        for (name, isRequest, bytes) in messages {
            let error = isRequest ? RequestReader.read([bytes]).error : ResponseReader.read([bytes]).error
            #expect((error != nil) == Self.refused.contains(name), "\(name): \(String(describing: error))")
            for pieces in splits(bytes) {
                let split = isRequest ? RequestReader.read(pieces).error : ResponseReader.read(pieces).error
                #expect(split == error, "\(name)")
            }
        }
        for name in Self.refused { #expect(documentation.contains("`\(name)`"), "\(name) is not in docs/HTTP.md") }
        for name in Self.llhttpAccepted.keys {
            let short = name.replacing(".raw", with: "").replacing("/", with: "-")
            #expect(documentation.contains("`\(short)`"), "\(short) is not in docs/HTTP.md")
        }
    }

    @Test func `a client never sees an answer that is refused, and sees those that are accepted`() throws {
        let cases = try decode([LLHTTPCase].self, "http/llhttp/index.json").filter {
            $0.side == "response" && $0.strict
        }
        let answers = try cases.map { item in
            let bytes = try Conformance.bytes("http/\(item.file)")
            return item.error == nil ? whole(bytes, isRequest: false) : bytes
        }
        let upstream = try ScriptedUpstream { peer, _ in
            guard let head = peer.head(),
                let number = head.split(separator: " ").dropFirst().first?.split(separator: "/").last,
                let index = Int(number)
            else { return }
            _ = peer.send(answers[index])
        }
        var cell = PlaneFixture.cell("erp", [upstream.port])
        cell.policy.circuit = nil
        let fixture = try PlaneFixture(cells: [cell])
        for (index, item) in cases.enumerated() {
            let client = try fixture.client()
            client.send("GET /api/v1/erp/\(index) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            let response = client.response()
            let reader = ResponseReader.read([answers[index]])
            if reader.error == nil, let status = reader.status, status != 101 {
                #expect(response?.status == status, "\(item.file)")
            } else {
                #expect(response == nil || response?.status == 502 || response?.isComplete == false, "\(item.file)")
            }
        }
        fixture.stop()
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
