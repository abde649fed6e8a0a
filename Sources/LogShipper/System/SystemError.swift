#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A system call that failed: which one, on what, and `errno`.
struct SystemError: Error, Equatable, CustomStringConvertible {
    var call: String
    var subject: String
    var code: Int32

    init(_ call: String, _ subject: String, code: Int32 = errno) {
        self.call = call
        self.subject = subject
        self.code = code
    }

    var description: String { "\(call) \(subject): \(String(cString: strerror(code)))" }
}

/// Repeats a call that a signal interrupted.
func retryingInterrupts<Value: SignedInteger>(_ call: () -> Value) -> Value {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
