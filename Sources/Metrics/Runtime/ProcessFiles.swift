#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reads the files in which the system tells about this process; nil wherever it does not.
struct ProcessFiles: Sendable {
    /// Stands before every path; empty outside of tests.
    let root: String
    private let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
    private let pageBytes = Double(getpagesize())
    /// The longest text that is read at a scrape; /proc/net/netstat has about six KiB.
    private static let maxBytes = 1 << 16
    /// The longest text that is read once: the interrupts of a large machine, the mounts of a busy one.
    private static let maxBytesOnce = 1 << 20

    init(root: String = "") { self.root = root }

    /// The process as it is now.
    func stat() -> ProcessStat? {
        read("/proc/self/stat") { ProcessStat($0, ticksPerSecond: ticksPerSecond, pageBytes: pageBytes) }
    }

    /// When the machine started, in Unix time.
    func bootSeconds() -> Double? { read("/proc/stat", atMost: Self.maxBytesOnce, ProcText.bootSeconds) }

    /// Bytes that the process's network namespace received and sent.
    func networkOctets() -> (received: UInt64, sent: UInt64)? { read("/proc/self/net/netstat", ProcText.octets) }

    /// Where the limits of the process's control group stand.
    func controlGroup() -> ControlGroup {
        let group = read("/proc/self/cgroup") { cgroup in
            read("/proc/self/mountinfo", atMost: Self.maxBytesOnce) {
                ControlGroup(cgroup: cgroup, mounts: $0, files: self)
            }
        }
        return group ?? ControlGroup()
    }

    /// Open file descriptors.
    ///
    /// Since Linux 6.2 the folder's size is their number (proc(5)), which costs the same for three and for a million.
    /// Older kernels say 0 there; then they are counted one by one.
    func openDescriptors() -> Double? {
        var status = systemStat()
        guard lookUp(root + "/proc/self/fd", &status) == 0 else { return nil }
        if status.st_size > 0 { return Double(status.st_size) }
        guard let directory = opendir(root + "/proc/self/fd") else {
            // Nothing can be opened any more because as many are open as may be.
            return errno == EMFILE ? ResourceUsage.maxDescriptors() : nil
        }
        defer { closedir(directory) }
        var entries = 0
        while readdir(directory) != nil { entries += 1 }
        // `.`, `..` and the folder itself, which is open for counting.
        return Double(max(entries - 3, 0))
    }

    func isReadable(_ path: String) -> Bool { access(root + path, R_OK) == 0 }

    /// Gives the text to `body`; nil when there is none.
    func read<Result>(
        _ path: String, atMost limit: Int = maxBytes, _ body: (ProcText.Bytes) -> Result?
    ) -> Result? {
        // O_NONBLOCK: a pipe in the place of a file must not hold up the scrape.
        let descriptor = open(root + path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let text = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            while count < limit {
                let size = systemRead(
                    descriptor,
                    UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[count..<limit])))
                guard size > 0 else { break }
                count += size
            }
        }
        return text.isEmpty ? nil : body(text[...])
    }
}

private func systemStat() -> stat { stat() }

private func lookUp(_ path: String, _ status: inout stat) -> Int32 { stat(path, &status) }

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, buffer.baseAddress, buffer.count)
}
