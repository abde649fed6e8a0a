#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The machine code that only ran while the program started: reading options, the configuration, symbols of libraries.
/// On Linux it stays mapped, with sixteen pages around every page that was touched, and counts as resident memory.
public enum StartupCode {
    /// Gives all pages of machine code back. What still runs comes back from the page cache with its next call, for some
    /// thousand page faults once. Does nothing where there is no `/proc`.
    ///
    /// Only mappings of files that are executable and not writable are touched: the linker relocates none of them, so a
    /// page of them never differs from its file (`madvise(2)`, MADV_DONTNEED of a private file mapping).
    public static func release() {
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
