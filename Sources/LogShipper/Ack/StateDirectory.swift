#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The directory with everything that must survive, locked against a second shipper.
final class StateDirectory {
    let path: String
    private let lock: OpenDescriptor

    /// Creates the directory where it is missing and takes its lock.
    init(_ path: String) throws(SystemError) {
        self.path = path
        try StateDirectory.create(path)
        let number = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw SystemError("open", "\(path)/lock") }
        lock = OpenDescriptor(number)
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
            throw SystemError("lock (is another log-shipper running?)", path)
        }
    }

    /// Creates a directory and those above it where they are missing.
    static func create(_ path: String) throws(SystemError) {
        var prefix = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            prefix += "/\(part)"
            if mkdir(prefix, 0o700) != 0, errno != EEXIST { throw SystemError("mkdir", prefix) }
        }
    }
}
