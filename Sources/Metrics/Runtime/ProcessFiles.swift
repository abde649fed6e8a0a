#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reads what /proc tells about this process; nil wherever it does not.
enum ProcessFiles {
    /// The fields of /proc/self/stat that are exposed (proc(5)).
    struct Stat: Equatable {
        var cpuSeconds: Double
        var threads: Double
        /// Since the machine started.
        var startSeconds: Double
        var virtualBytes: Double
        var residentBytes: Double
    }

    /// The process as it is now.
    static func stat() -> Stat? {
        contents(of: "/proc/self/stat").flatMap {
            parseStat($0, ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))), pageBytes: Double(getpagesize()))
        }
    }

    /// Takes the line apart behind the last `)`, since the program's name may hold anything.
    static func parseStat(_ line: [UInt8], ticksPerSecond: Double, pageBytes: Double) -> Stat? {
        guard let nameEnd = line.lastIndex(of: UInt8(ascii: ")")), ticksPerSecond > 0 else { return nil }
        let fields = line[(nameEnd + 1)...].split(separator: UInt8(ascii: " ")).map {
            Double(String(decoding: $0, as: UTF8.self))
        }
        // Field 3 of proc(5) is the first here.
        func field(_ number: Int) -> Double? { number - 3 < fields.count ? fields[number - 3] : nil }
        guard let user = field(14), let system = field(15), let threads = field(20), let start = field(22),
            let virtual = field(23), let resident = field(24)
        else { return nil }
        return Stat(
            cpuSeconds: (user + system) / ticksPerSecond, threads: threads, startSeconds: start / ticksPerSecond,
            virtualBytes: virtual, residentBytes: resident * pageBytes)
    }

    /// When the machine started, in Unix time: `btime` of /proc/stat.
    static func bootSeconds() -> Double? {
        guard let text = contents(of: "/proc/stat") else { return nil }
        for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: "btime ".utf8) {
            return Double(String(decoding: line.dropFirst(6), as: UTF8.self))
        }
        return nil
    }

    /// Entries of /proc/self/fd, without the one that is open for counting.
    static func openDescriptors() -> Double? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var entries = 0
        while readdir(directory) != nil { entries += 1 }
        // `.`, `..` and the directory itself.
        return Double(max(entries - 3, 0))
    }

    /// The soft limit; nil when it cannot be read or does not exist.
    static func maxDescriptors() -> Double? {
        var limit = rlimit()
        #if canImport(Glibc)
        let result = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #else
        let result = getrlimit(RLIMIT_NOFILE, &limit)
        #endif
        guard result == 0, limit.rlim_cur < rlim_t(Int64.max) else { return nil }
        return Double(limit.rlim_cur)
    }

    /// A small file, at most 1 MiB of it.
    private static func contents(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while result.count < 1 << 20 {
            let size = read(descriptor, &buffer, buffer.count)
            guard size > 0 else { break }
            result.append(contentsOf: buffer[..<size])
        }
        return result.isEmpty ? nil : result
    }
}
