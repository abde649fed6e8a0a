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
        "gunicorn-invalid-010": "refused there by a configured limit of 10 bytes a field",
        "gunicorn-invalid-011": "refused there by a configured limit of 2 fields",
        "gunicorn-invalid-012": "refused there by a configured limit of 98 bytes a field",
        "gunicorn-invalid-019": "X-Forwarded-* of a stranger is replaced, whatever it says",
        "gunicorn-invalid-040": "names with an underscore are not forwarded",
        "gunicorn-invalid-chunked_07": "names with an underscore are not forwarded",
        "gunicorn-invalid-041": "two Content-Types are the cell's affair; they don't touch the framing",
        "gunicorn-invalid-rfc9110_trailer_forbidden_cl_01": "trailers are not forwarded",
        "gunicorn-invalid-rfc9110_trailer_forbidden_host_01": "trailers are not forwarded",
        "gunicorn-invalid-rfc9110_trailer_forbidden_te_01": "trailers are not forwarded",
    ]

    /// What is asserted of every form of every case: the client gets an error or nothing, never a 2xx; no whole message
    /// reaches the upstream; and not even a first byte does, unless the head is good and the fault lies behind it, in a
    /// chunked body that is streamed while it is read. Such a message is cut off without its end and its connection
    /// closed. The listed exceptions may arrive once.
    @Test("none of llhttp's and gunicorn's must-refuse requests reaches the upstream")
    func corpora() throws {
        let bench = try RefusalBench()
        let cases = try RefusalCase.llhttp() + RefusalCase.gunicorn()
        #expect(cases.count >= 53 + 74)
        let variants = cases.flatMap { $0.variants(cell: RefusalBench.cell) }
        let answers = bench.send(variants.map(\.bytes))
        let forwarded = bench.forwarded()
        for (variant, statuses) in zip(variants, answers) {
            let what: Comment = "\(variant.mark ?? variant.name): \(statuses)"
            let arrived = forwarded.filter { $0.target.contains("/\(variant.mark ?? "?")") }
            if Self.normalised[variant.name] == nil {
                let isRefused = (statuses.first ?? 400) >= 400
                let isCutOff = arrived.allSatisfy { !$0.isComplete && $0.value("transfer-encoding") == "chunked" }
                #expect(isRefused && isCutOff, what)
            }
            let areCanonical = arrived.allSatisfy(\.isCanonical)
            #expect(arrived.count <= 1 && areCanonical, what)
        }
        let marks = Set(variants.compactMap(\.mark))
        let strays = forwarded.map(\.target).filter { target in !marks.contains { target.contains("/\($0)") } }
        #expect(strays.isEmpty)
        let silent = answers.count(where: \.isEmpty)
        #expect(silent * 10 <= answers.count, "\(silent) of \(answers.count) got no answer at all")
        print(
            "\(cases.count) cases in \(variants.count) forms, \(silent) without an answer;",
            "\(forwarded.count { !$0.isComplete }) cut off in their bodies")
        try bench.expectAlive()
    }
}
