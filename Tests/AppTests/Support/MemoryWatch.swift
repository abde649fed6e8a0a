import Foundation
import Locking

/// The most memory that a gateway has had in use since this was made, sampled.
final class MemoryWatch {
    private final class Most: Sendable {
        private let bytes = Locked(0)
        var value: Int { bytes.withLock { $0 } }
        func note(_ value: Int) { bytes.withLock { $0 = max($0, value) } }
    }

    private let gateway: GatewayProcess
    private let before: Int
    private let most = Most()
    private let sampling: BackgroundLoop

    init(_ gateway: GatewayProcess) throws {
        self.gateway = gateway
        before = try gateway.residentBytes()
        sampling = BackgroundLoop { [most] _ in
            if let bytes = try? gateway.residentBytes() { most.note(bytes) }
            usleep(20_000)
        }
    }

    deinit { sampling.stop() }

    /// Ends the sampling: by how many bytes it grew at most.
    func growth() throws -> Int {
        sampling.stop()
        most.note(try gateway.residentBytes())
        return most.value - before
    }
}
