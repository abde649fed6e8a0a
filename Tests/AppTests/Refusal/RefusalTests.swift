import Foundation
import TestSupport
import Testing

@Suite("Malformed requests, at the running gateway", .enabled(if: Conformance.isPresent, "\(Conformance.absence)"))
struct RefusalTests {
    /// Requests of the corpora that this gateway accepts, and why that is right. Each still arrives at most once and
    /// freshly framed.
    static let normalised: [String: String] = [
        "llhttp-request-002": "the first request is whole and good; what follows its Connection: close is not read",
        "llhttp-request-004": "the first request is whole and good; the malformed second one is refused",
        "gunicorn-invalid-006": "a target of 4 KiB; this gateway's limit is 8 KiB, gunicorn's is 4 KiB",
        "gunicorn-invalid-008": "a header line of 8,189 bytes, 12,400 in all; the limits here are 8,192 and 16,384",
        "gunicorn-invalid-017": "a header line of 8,189 bytes; the limit here is 8,192",
        "gunicorn-invalid-limit_header_default_01": "a header line of 8,190 bytes; the limit here is 8,192",
        "gunicorn-invalid-010": "refused there by a configured limit of 10 bytes a field",
        "gunicorn-invalid-011": "refused there by a configured limit of 2 fields",
        "gunicorn-invalid-012": "refused there by a configured limit of 98 bytes a field",
        "gunicorn-invalid-019": "X-Forwarded-* of a stranger is replaced, whatever it says",
        "gunicorn-invalid-040": "names with an underscore are not forwarded",
        "gunicorn-invalid-chunked_07": "names with an underscore are not forwarded",
    ]

    /// What is asserted of every form of every case: the client gets an error, never a 2xx, and the upstream gets not
    /// one byte of it. One thing is different by nature: where the message just stops in the middle of a good body, its
    /// beginning has been streamed when the time is up (408); then no whole message arrives, and the connection to the
    /// upstream is closed. The listed exceptions arrive once, freshly framed, and the list holds nothing else.
    @Test("none of llhttp's and gunicorn's must-refuse requests reaches the upstream")
    func corpora() throws {
        let bench = try RefusalBench()
        let cases = try RefusalCase.llhttp() + RefusalCase.gunicorn()
        #expect(cases.count == 53 + 74)
        let variants = cases.flatMap { $0.variants(cell: RefusalBench.cell) }
        let answers = bench.send(variants.map(\.bytes))
        let forwarded = bench.forwarded()
        var accepted: Set<String> = []
        for (variant, statuses) in zip(variants, answers) {
            let what: Comment = "\(variant.mark ?? variant.name): \(statuses)"
            let arrived = forwarded.filter { $0.target.contains("/\(variant.mark ?? "?")") }
            let areWhole = arrived.allSatisfy { $0.isComplete && $0.isCanonical }
            let isListed = Self.normalised[variant.name] != nil
            #expect(arrived.count <= 1, what)
            #expect(isListed ? areWhole : Self.isRefused(statuses, arrived), what)
            if isListed && !arrived.isEmpty { accepted.insert(variant.name) }
        }
        #expect(accepted == Set(Self.normalised.keys))
        let marks = Set(variants.compactMap(\.mark))
        let strays = forwarded.map(\.target).filter { target in !marks.contains { target.contains("/\($0)") } }
        #expect(strays.isEmpty)
        print(
            "\(cases.count) cases in \(variants.count) forms: \(accepted.count) accepted as listed,",
            "\(forwarded.count { !$0.isComplete }) cut off in their bodies")
        try bench.expectAlive()
    }

    private static func isRefused(_ statuses: [Int], _ arrived: [ForwardedMessage]) -> Bool {
        guard let first = statuses.first, first >= 400 else { return false }
        return arrived.allSatisfy { !$0.isComplete && $0.isCanonical && first == 408 }
    }
}
