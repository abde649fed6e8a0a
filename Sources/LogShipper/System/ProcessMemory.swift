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

    /// Gives back what only the start needed: free memory of the allocator, and all pages of files that are mapped and were
    /// not changed, machine code and tables of symbols. They stay mapped otherwise, with sixteen pages around every page
    /// that was touched, and count as resident memory. What is still used comes back from the page cache when it is
    /// touched, for some thousand page faults once. Does nothing where there is no `/proc`.
    public static func releaseStartup() {
        #if os(Linux)
        typealias Trim = @convention(c) (Int) -> Int32
        if let trim = dlsym(nil, "malloc_trim") { _ = unsafeBitCast(trim, to: Trim.self)(0) }
        guard let maps = fopen("/proc/self/smaps", "re") else { return }
        defer { fclose(maps) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        var scan = MappingScan()
        while getline(&line, &capacity, maps) > 0, let line {
            guard let range = scan.take(UnsafeBufferPointer(start: line, count: strlen(line))) else { continue }
            _ = madvise(UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count, MADV_DONTNEED)
        }
        #endif
    }
}

/// Finds in `/proc/self/smaps` (proc(5)), line by line, the mappings whose pages can be had again from their files: private,
/// not writable, and none of their pages is a copy of its own, as those are that the linker has relocated.
struct MappingScan {
    private var candidate: Range<UInt>?

    /// Takes a line. Returns the addresses of a mapping once all that counts is known of it.
    mutating func take(_ line: UnsafeBufferPointer<CChar>) -> Range<UInt>? {
        let fields = line.withMemoryRebound(to: UInt8.self) { line in
            line.split { $0 == 0x20 || $0 == 0x0a || $0 == 0x09 }
        }
        guard let first = fields.first else { return nil }
        if first.elementsEqual("Anonymous:".utf8) {
            defer { candidate = nil }
            return fields.count > 1 && fields[1].elementsEqual("0".utf8) ? candidate : nil
        }
        guard first.last != UInt8(ascii: ":") else { return nil }
        candidate = nil
        guard fields.count >= 6, fields[1].elementsEqual("r-xp".utf8) || fields[1].elementsEqual("r--p".utf8),
            fields[5].first == UInt8(ascii: "/")
        else { return nil }
        let bounds = first.split(separator: UInt8(ascii: "-")).map {
            UInt(String(decoding: $0, as: UTF8.self), radix: 16)
        }
        if bounds.count == 2, let start = bounds[0], let end = bounds[1], start < end { candidate = start..<end }
        return nil
    }
}
