import Testing

@testable import Gateway

@Suite("TLS in the kernel", .enabled(if: TestCertificates.canBeMade, TestCertificates.absence))
struct TLSKernelTests {
    @Test("asking for kTLS works whether the kernel has it or not", arguments: TLSVersion.allCases)
    func works(_ version: TLSVersion) throws {
        let contexts = try TLSPair.standard { server, client in
            server.usesKernel = true
            client.maximumVersion = version
        }
        let pair = try TLSPair(contexts.client, contexts.server, sockets: try SocketPair(overTCP: ()))
        try pair.establish()
        #expect(pair.client.kernelDirections == (false, false))
        print("kTLS: \(version.name): \(pair.server.kernelDirections)")
        #expect(pair.server.send([1, 2]) == .bytes(2))
        #expect(pair.arrival(isClient: true) == [1, 2])
    }
}
