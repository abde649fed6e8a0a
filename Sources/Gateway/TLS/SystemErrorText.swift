#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The system's words for an `errno`, small as our own messages start.
enum SystemErrorText {
    static func of(_ code: Int32) -> String {
        guard let text = strerror(code).map({ String(cString: $0) }) else { return "error \(code)" }
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
