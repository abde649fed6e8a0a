#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Finds line ends in what was written, with the C library's vectorised `memchr`.
enum LineScan {
    static func newlines(in bytes: UnsafeRawBufferPointer) -> Int {
        guard var next = bytes.baseAddress else { return 0 }
        let end = next + bytes.count
        var total = 0
        while next < end, let found = memchr(next, 0x0A, end - next) {
            total += 1
            next = UnsafeRawPointer(found) + 1
        }
        return total
    }

    /// How many bytes up to and with the last newline; 0 if there is none.
    static func lengthThroughLastNewline(in bytes: UnsafeRawBufferPointer) -> Int {
        var index = bytes.count
        while index > 0, bytes[index - 1] != 0x0A { index -= 1 }
        return index
    }
}
