#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Wakes a thread that waits in `poll`: a pipe whose read end is among the descriptors it polls.
final class WakePipe: Sendable {
    let readEnd: Int32
    private let writeEnd: Int32

    init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError("pipe", "") }
        for end in ends { Descriptor.makeNonBlocking(end) }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Any thread. A full pipe means that a wake-up is already under way.
    func wake() {
        var byte: UInt8 = 1
        _ = retryingInterrupts { write(writeEnd, &byte, 1) }
    }

    /// Empties the pipe after `poll` returned.
    func drain() {
        var scratch: (UInt64, UInt64) = (0, 0)
        while retryingInterrupts({ read(readEnd, &scratch, 16) }) > 0 {}
    }
}
