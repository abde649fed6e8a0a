import Foundation
import TestSupport
import Testing

@Suite("Framing mutations, at the running gateway", .enabled(if: Conformance.isPresent, "\(Conformance.absence)"))
struct FramingMutationTests {
    private struct Mutations: Decodable {
        var transferEncoding: [String]
        var contentLength: [String]
        var chunkedBodies: [String]

        private enum CodingKeys: String, CodingKey {
            case transferEncoding = "transfer_encoding"
            case contentLength = "content_length"
            case chunkedBodies = "chunked_bodies"
        }
    }

    /// A mutated request, and behind it a second one: the canary, which shows where the gateway thinks that the first
    /// one ended.
    private struct Probe {
        var name: String
        var head: [UInt8]
        var body: [UInt8]

        var bytes: [UInt8] {
            let first = "POST /api/v1/\(RefusalBench.cell)/\(name) HTTP/1.1\r\nHost: a\r\n"
            let canary = "GET /api/v1/\(RefusalBench.cell)/\(name).canary HTTP/1.1\r\nHost: a\r\n\r\n"
            return Array(first.utf8) + head + [13, 10, 13, 10] + body + Array(canary.utf8)
        }
    }

    /// Mutations that are good by RFC 9112: the body is "hello" and the canary is a request of its own.
    private static let good: Set = [
        "transfer_encoding-0", "transfer_encoding-5", "transfer_encoding-6", "transfer_encoding-7",
        "transfer_encoding-22", "content_length-0", "content_length-4", "content_length-11", "chunked_bodies-0",
        "chunked_bodies-13", "chunked_bodies-20", "chunked_bodies-21", "chunked_bodies-24",
    ]
    /// Mutations that may be read as a request without a body, since they don't speak of its length at all; the bytes
    /// behind it are then a malformed second request.
    private static let bodiless: Set = [
        "transfer_encoding-31", "transfer_encoding-38", "content_length-21",
    ]
    /// Mutations that may be accepted with the body "hello", or refused; the dangerous part is never forwarded.
    private static let either: Set = ["chunked_bodies-20", "chunked_bodies-22", "content_length-4"]

    @Test("each is refused or normalised, and never lets a second request hide in the first")
    func mutations() throws {
        let bench = try RefusalBench()
        let probes = try probes()
        #expect(probes.count == 41 + 26 + 28)
        let answers = bench.send(probes.map(\.bytes))
        let forwarded = bench.forwarded()
        let areCanonical = forwarded.allSatisfy(\.isCanonical)
        #expect(areCanonical)
        for (probe, statuses) in zip(probes, answers) {
            let own = forwarded.filter { $0.target.hasSuffix("/\(probe.name)") }
            let canaries = forwarded.filter { $0.target.hasSuffix("/\(probe.name).canary") }
            check(probe.name, statuses, own: own, canaries: canaries)
        }
        let names = Set(probes.flatMap { [$0.name, "\($0.name).canary"] })
        let strays = forwarded.map(\.target).filter { !names.contains(String($0.split(separator: "/").last ?? "")) }
        #expect(strays.isEmpty)
        try bench.expectAlive()
    }

    private func check(_ name: String, _ statuses: [Int], own: [ForwardedMessage], canaries: [ForwardedMessage]) {
        let what: Comment = "\(name): \(statuses), forwarded \(own)"
        let isWhole = own.count == 1 && own.allSatisfy { $0.isComplete && $0.body == Array("hello".utf8) }
        let isRefused = !own.contains(where: \.isComplete) && canaries.isEmpty && (statuses.first ?? 400) >= 400
        let hasEvilTrailer = own.contains { $0.value("x-tenant-id") != nil }
        #expect(!hasEvilTrailer, what)
        if Self.bodiless.contains(name) {
            #expect(isRefused || own.count == 1 && own[0].body.isEmpty && canaries.isEmpty, what)
        } else if Self.good.contains(name) || Self.either.contains(name) {
            let isAccepted = isWhole && canaries.count == 1 && statuses == [200, 200]
            #expect(isAccepted || Self.either.contains(name) && isRefused, what)
        } else {
            #expect(isRefused, what)
            let isStreamed = own.allSatisfy { $0.value("transfer-encoding") == "chunked" }
            #expect(own.isEmpty || isStreamed && name.hasPrefix("chunked"), what)
        }
    }

    private func probes() throws -> [Probe] {
        let mutations = try JSONDecoder().decode(
            Mutations.self, from: Data(Conformance.bytes("http/framing-mutations.hex.json")))
        let chunks = Array("5\r\nhello\r\n0\r\n\r\n".utf8)
        let chunked = Array("Transfer-Encoding: chunked".utf8)
        return try named("transfer_encoding", mutations.transferEncoding) { ($0, chunks) }
            + named("content_length", mutations.contentLength) { ($0, Array("hello".utf8)) }
            + named("chunked_bodies", mutations.chunkedBodies) { (chunked, $0) }
    }

    private func named(
        _ kind: String, _ hex: [String], _ parts: ([UInt8]) -> (head: [UInt8], body: [UInt8])
    ) throws -> [Probe] {
        try hex.enumerated().map { index, text in
            let (head, body) = parts(try bytes(text))
            return Probe(name: "\(kind)-\(index)", head: head, body: body)
        }
    }

    private func bytes(_ hex: String) throws -> [UInt8] {
        let digits = Array(hex.utf8)
        return try stride(from: 0, to: digits.count - 1, by: 2).map { index in
            try #require(UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16))
        }
    }
}
