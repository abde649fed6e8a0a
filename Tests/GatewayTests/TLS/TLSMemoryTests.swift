import Dispatch
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
        #expect(growths.min() ?? .max < 4 << 20, "\(growths)")
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

    /// Numbers for the documentation, not a bound: run alone, with `GATEHOUSE_MEASURE=1`.
    @Test(
        "bytes of an idle established session",
        .enabled(if: ProcessInfo.processInfo.environment["GATEHOUSE_MEASURE"] != nil, "GATEHOUSE_MEASURE is not set"),
        arguments: [true, false])
    func idle(_ releasesBuffers: Bool) throws {
        for version in TLSVersion.allCases {
            let contexts = try TLSPair.standard { server, client in
                server.releasesBuffers = releasesBuffers
                client.releasesBuffers = releasesBuffers
                client.maximumVersion = version
            }
            try TLSPair(contexts.client, contexts.server).establish()
            let count = 200
            let sockets = try (0..<count).map { _ in try SocketPair() }
            let empty = allocatedBytes()
            var clients: [TLSSession] = []
            var servers: [TLSSession] = []
            for index in 0..<count {
                let pair = try TLSPair(contexts.client, contexts.server, sockets: sockets[index])
                try pair.establish()
                clients.append(pair.client)
                servers.append(pair.server)
            }
            let full = allocatedBytes()
            clients = []
            let half = allocatedBytes()
            print(
                "idle: release \(releasesBuffers), \(version.name): server \((half - empty) / count) bytes,"
                    + " client \((full - half) / count) bytes")
            withExtendedLifetime(servers) {}
        }
    }

    @Test(
        "time of a handshake and of a megabyte, both ends",
        .enabled(if: ProcessInfo.processInfo.environment["GATEHOUSE_MEASURE"] != nil, "GATEHOUSE_MEASURE is not set"),
        arguments: TLSVersion.allCases)
    func speed(_ version: TLSVersion) throws {
        for isResumed in [false, true] {
            let contexts = try TLSPair.standard { _, client in
                client.resumesSessions = isResumed
                client.maximumVersion = version
            }
            let micros = try micros(1_000) { try TLSPair(contexts.client, contexts.server).establish() }
            print("speed: \(version.name), resumed \(isResumed): \(micros) us a handshake")
        }
        let contexts = try TLSPair.standard { _, client in client.maximumVersion = version }
        let pair = try TLSPair(contexts.client, contexts.server)
        try pair.establish()
        let text = [UInt8](repeating: 7, count: 65_536)
        var buffer = text
        let micros = try micros(16_384) {
            guard pair.client.send(text) == .bytes(16_384) else { throw CancellationError() }
            let result = buffer.withUnsafeMutableBytes { pair.server.read(into: $0) }
            guard result == .bytes(16_384) else { throw CancellationError() }
        }
        print("speed: \(version.name): \(micros) us a record of 16 KiB, sent and received")
    }

    private func micros(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
        let start = DispatchTime.now().uptimeNanoseconds
        for _ in 0..<count { try body() }
        return Double((DispatchTime.now().uptimeNanoseconds - start) / UInt64(count)) / 1_000
    }

    /// `mallinfo2().uordblks`: glibc's <malloc.h> is not among the modules, and a struct of ten words comes back by a
    /// pointer that is the first argument on x86-64; elsewhere 0.
    private func allocatedBytes() -> Int {
        #if arch(x86_64)
        typealias Function = @convention(c) (UnsafeMutablePointer<Int>) -> UnsafeMutablePointer<Int>
        guard let address = dlsym(nil, "mallinfo2") else { return 0 }
        var fields = [Int](repeating: 0, count: 10)
        _ = unsafeBitCast(address, to: Function.self)(&fields)
        return fields[7]
        #else
        return 0
        #endif
    }

    private func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * 4096
    }
}
