#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Files that something was made of, watched without reading them: one `stat` each.
///
/// Take the fingerprint before they are read, so that a change in between is seen by the next look. Links are
/// followed, as Kubernetes swaps a whole folder by one. A change is often several files: a mismatch of key and
/// certificate may go away with the next look.
struct WatchedFiles: Sendable, Equatable {
    /// What `stat` says of every file.
    struct Fingerprint: Sendable, Hashable {
        fileprivate var files: [State] = []
    }

    fileprivate struct State: Sendable, Hashable {
        /// 0, or why there is nothing else.
        var error: Int32 = 0
        var device: UInt64 = 0
        var inode: UInt64 = 0
        var bytes: Int64 = 0
        var seconds: Int = 0
        var nanos: Int = 0
    }

    /// In the order of the options.
    let paths: [String]

    /// What the files are now.
    var fingerprint: Fingerprint { Fingerprint(files: paths.map(WatchedFiles.state)) }

    private static func state(_ path: String) -> State {
        var status = stat()
        guard stat(path, &status) == 0 else { return State(error: errno) }
        #if canImport(Darwin)
        let changed = status.st_mtimespec
        #else
        let changed = status.st_mtim
        #endif
        return State(
            device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(truncatingIfNeeded: status.st_ino),
            bytes: Int64(status.st_size), seconds: changed.tv_sec, nanos: changed.tv_nsec)
    }
}
