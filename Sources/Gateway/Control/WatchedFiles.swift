import StructuredLog

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Files that something was made of, watched without reading them: one `stat` each.
///
/// Take the fingerprint before they are read, so that a change in between is seen by the next look, and take it
/// ``settledFingerprint()``: file systems count time in steps of some milliseconds, and a second change within one is not
/// to be told from the first. Links are followed, as Kubernetes swaps a whole folder by one. A change is often several
/// files: a mismatch of key and certificate may go away with the next look.
struct WatchedFiles: Sendable, Equatable {
    /// What `stat` says of every file.
    struct Fingerprint: Sendable, Hashable {
        fileprivate var files: [State] = []

        /// The last change of all, in nanoseconds since 1970.
        fileprivate var changedNanos: Int64 { files.map(\.changedNanos).max() ?? 0 }
    }

    fileprivate struct State: Sendable, Hashable {
        /// 0, or why there is nothing else.
        var error: Int32 = 0
        var device: UInt64 = 0
        var inode: UInt64 = 0
        var bytes: Int64 = 0
        /// Of contents or of anything else of the file; unlike the time of the contents nobody can set it.
        var changedNanos: Int64 = 0
    }

    /// In the order of the options.
    let paths: [String]

    /// What the files are now.
    var fingerprint: Fingerprint { Fingerprint(files: paths.map(WatchedFiles.state)) }

    /// What the files are, once their last change is so long ago that another one will show. Waits some milliseconds at
    /// most: of files that never rest, the next look tells.
    func settledFingerprint() -> Fingerprint {
        for _ in 0..<Self.patience {
            let found = fingerprint
            let age = WallClock.micros() * 1_000 - found.changedNanos
            guard age >= 0, age < Self.stepNanos else { return found }
            usleep(5_000)
        }
        return fingerprint
    }

    /// Longer than a step of file systems' clocks: the kernel's tick, at most 10 ms.
    private static let stepNanos: Int64 = 20_000_000
    private static let patience = 20

    private static func state(_ path: String) -> State {
        var status = stat()
        guard stat(path, &status) == 0 else { return State(error: errno) }
        #if canImport(Darwin)
        let changed = status.st_ctimespec
        #else
        let changed = status.st_ctim
        #endif
        return State(
            device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(truncatingIfNeeded: status.st_ino),
            bytes: Int64(status.st_size),
            changedNanos: Int64(changed.tv_sec).multipliedClamped(by: 1_000_000_000).addingClamped(
                Int64(changed.tv_nsec)))
    }
}
