import CMemory

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

    /// Gives back what only the start needed: free memory of the allocator, and the pages of all loaded segments that nobody
    /// may write, machine code and tables of symbols. They stay mapped otherwise, with sixteen pages around every page that
    /// was touched, and count as resident memory. What is still used comes back from the page cache when it is touched, for
    /// some thousand page faults once.
    ///
    /// The linker relocates nothing in such segments, so a page of them never differs from its file (`madvise(2)`,
    /// MADV_DONTNEED of a private file mapping), and `dl_iterate_phdr(3)` lets no object be unloaded meanwhile.
    public static func releaseStartup() {
        #if os(Linux)
        typealias Trim = @convention(c) (Int) -> Int32
        if let trim = dlsym(nil, "malloc_trim") { _ = unsafeBitCast(trim, to: Trim.self)(0) }
        gatehouse_release_read_only_segments()
        #endif
    }
}
