#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Memory that is read at random places, in huge pages where the system offers them.
///
/// A lookup among a million series reads one word of an index of 16 MiB. In small pages it waits for the page's address
/// and then for the word.
enum LargeMemory {
    private static let hugePageBytes = 2 << 20

    /// Uninitialized memory that will be used whole; give it back with `deallocate()`.
    static func allocate(byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer {
        guard byteCount >= hugePageBytes else { return .allocate(byteCount: byteCount, alignment: alignment) }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: hugePageBytes)
        #if os(Linux)
        // Only a wish: where it fails, pages are small.
        _ = madvise(memory, byteCount & ~(hugePageBytes - 1), MADV_HUGEPAGE)
        #endif
        return memory
    }

    /// MADV_POPULATE_WRITE of Linux 5.14, which glibc may not name yet.
    private static let populateWrite: Int32 = 23

    /// Bytes that are worth a call of ``populate(_:byteCount:)``.
    static let stretchBytes = 128 << 10

    /// Gives memory its pages at once instead of one by one when they are first written.
    static func populate(_ start: UnsafeMutableRawPointer, byteCount: Int) {
        #if os(Linux)
        let page = 4096
        let first = (Int(bitPattern: start) + page - 1) & ~(page - 1)
        let last = (Int(bitPattern: start) + byteCount) & ~(page - 1)
        guard last > first else { return }
        // Where it fails, pages come with the first write as always.
        _ = madvise(UnsafeMutableRawPointer(bitPattern: first), last - first, populateWrite)
        #endif
    }
}
