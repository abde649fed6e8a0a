import Testing

@testable import Gateway

@Suite("TLS and threads", .enabled(if: TestCertificates.canBeMade, TestCertificates.absence))
struct TLSThreadTests {
    @Test("threads share a server and a client context, its tickets too", arguments: TLSVersion.allCases)
    func shared(_ version: TLSVersion) async throws {
        let contexts = try TLSPair.standard { _, client in client.maximumVersion = version }
        let resumed = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try (0..<100).filter { try Self.isResumed($0, contexts.client, contexts.server) }.count
                }
            }
            return try await group.reduce(0, +)
        }
        // Each thread may come before the first ticket of each of the two names, and no oftener.
        #expect(resumed >= 400 - 8)
    }

    private static func isResumed(
        _ index: Int, _ client: TLSClientContext, _ server: TLSServerContext
    ) throws -> Bool {
        let name = index.isMultiple(of: 10) ? "localhost" : "example.test"
        let pair = try TLSPair(client, server, name: name)
        try pair.establish()
        return pair.server.wasResumed
    }
}
