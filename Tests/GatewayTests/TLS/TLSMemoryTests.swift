import Foundation
import TestSupport
import Testing

@testable import Gateway

@Suite("TLS memory", .serialized, .enabled(if: TestCertificates.canBeMade, TestCertificates.absence))
struct TLSMemoryTests {
    @Test("10,000 sessions made and dropped, done and half done, leave nothing")
    func leaks() throws {
        let contexts = try TLSPair.standard()
        try run(1_000, contexts)
        // Other tests run meanwhile, so the smallest growth of five rounds counts. A leak of one of the four ways would
        // be 500 pairs of at least 10 KB in every round.
        let growths = try (0..<5).map { _ in
            let before = residentBytes()
            try run(2_000, contexts)
            return residentBytes() - before
        }
        // The sanitizers keep what is freed.
        let isSanitized = ProcessInfo.processInfo.environment["ASAN_OPTIONS"] != nil
        #expect(isSanitized || growths.min() ?? .max < 4 << 20, "\(growths)")
    }

    private func run(_ count: Int, _ contexts: (client: TLSClientContext, server: TLSServerContext)) throws {
        for index in 0..<count {
            let pair = try TLSPair(contexts.client, contexts.server)
            switch index % 4 {
            case 0: continue
            case 1: _ = (pair.client.handshake(), pair.server.handshake())
            case 2:
                Loopback.send(pair.sockets.client, Array("garbage \(index)".utf8))
                _ = pair.server.handshake()
            default: try pair.establish()
            }
        }
    }

    private func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * 4096
    }
}
