import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How often somebody pressed Ctrl-C, or sent SIGTERM or SIGHUP.
private let stopRequests = Atomic<Int>(0)

/// The wish to stop: the first one ends the demo in order, the second one at once.
enum StopSignal {
    static var count: Int { stopRequests.load(ordering: .relaxed) }

    static func install() {
        // The global is made now, and not inside a signal handler.
        stopRequests.store(0, ordering: .relaxed)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in stopRequests.add(1, ordering: .relaxed) }
        }
        signal(SIGPIPE, SIG_IGN)
    }
}
