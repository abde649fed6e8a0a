#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// System calls under names that a method of the same name cannot hide.

func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t = 0) -> Int32 { open(path, flags, mode) }
func systemClose(_ descriptor: Int32) { close(descriptor) }
func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
func systemRename(_ from: String, _ to: String) -> Int32 { rename(from, to) }
func systemListen(_ descriptor: Int32, _ backlog: Int32) -> Int32 { listen(descriptor, backlog) }
func systemConnect(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>?, _ length: socklen_t) -> Int32 {
    connect(descriptor, address, length)
}
func systemFree(_ memory: UnsafeMutableRawPointer?) { free(memory) }
func systemTruncate(_ path: String, _ size: Int64) -> Int32 { truncate(path, off_t(size)) }
