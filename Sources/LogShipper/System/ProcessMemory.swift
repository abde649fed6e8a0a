#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the process takes beside its batches. For the program, which calls both once.
public enum ProcessMemory {
    /// Has all threads allocate from one arena of the C library, before there is a second thread. What goes through
    /// `malloc` at all is rare here, and what lies idle in several arenas is memory that nobody has.
    public static func useOneArena() {
        // An extension of glibc, which Swift does not see; elsewhere there is no such function. `M_ARENA_MAX` is -8.
        typealias Option = @convention(c) (Int32, Int32) -> Int32
        guard let mallopt = dlsym(nil, "mallopt") else { return }
        _ = unsafeBitCast(mallopt, to: Option.self)(-8, 1)
    }

    /// Gives all pages of machine code back: what only ran while the program started stays mapped otherwise, with sixteen
    /// pages around every page that was touched, and counts as resident memory. What still runs comes back from the page
    /// cache with its next call, for some thousand page faults once. Does nothing where there is no `/proc`.
    ///
    /// Only mappings of files that are executable and not writable are touched: the linker relocates none of them, so a
    /// page of them never differs from its file (`madvise(2)`, MADV_DONTNEED of a private file mapping).
    public static func releaseStartupCode() {
        #if os(Linux)
        guard let maps = fopen("/proc/self/maps", "re") else { return }
        defer { fclose(maps) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        var ranges: [Range<UInt>] = []
        while getline(&line, &capacity, maps) > 0, let line {
            if let range = executableRange(String(cString: line)) { ranges.append(range) }
        }
        for range in ranges {
            _ = madvise(UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count, MADV_DONTNEED)
        }
        #endif
    }

    /// The addresses of a line of `/proc/self/maps` (`proc(5)`) that is such a mapping.
    static func executableRange(_ line: String) -> Range<UInt>? {
        let fields = line.split(whereSeparator: \.isWhitespace)
        guard fields.count >= 6, fields[1] == "r-xp", fields[5].hasPrefix("/") else { return nil }
        let bounds = fields[0].split(separator: "-")
        guard bounds.count == 2, let start = UInt(bounds[0], radix: 16), let end = UInt(bounds[1], radix: 16),
            start < end
        else { return nil }
        return start..<end
    }
}
