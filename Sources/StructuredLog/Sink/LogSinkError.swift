#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why a log cannot be opened.
public enum LogSinkError: Error, Equatable, CustomStringConvertible {
    /// The folder of the file does not exist; it is not made, for its owner and mode are the operator's matter.
    case directoryMissing(path: String)
    /// The path is a folder.
    case isDirectory(path: String)
    /// The file cannot be opened for writing.
    case notWritable(path: String, code: Int32)
    /// A setting makes no sense.
    case invalidSetting(String)
    /// Another system call failed.
    case system(call: String, path: String, code: Int32)

    /// Says what, where and what to do.
    public var description: String {
        switch self {
        case .directoryMissing(let path):
            "log file \(path): its folder does not exist; create it or change the path"
        case .isDirectory(let path):
            "log file \(path): is a folder; name a file in it"
        case .notWritable(let path, let code):
            "log file \(path): cannot be opened for writing: \(LogSinkError.text(code))"
        case .invalidSetting(let message):
            "log settings: \(message)"
        case .system(let call, let path, let code):
            "log file \(path): \(call) failed: \(LogSinkError.text(code))"
        }
    }

    private static func text(_ code: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let base = buffer.baseAddress else { return "error \(code)" }
            buffer.initialize(repeating: 0)
            // The standard's variant fills the buffer, GNU's may return another one; both leave text in one of them.
            return LogSinkError.text(of: strerror_r(code, base, 256), buffer: base)
        }
    }

    private static func text(of result: Int32, buffer: UnsafePointer<CChar>) -> String {
        String(cString: buffer)
    }

    private static func text(of result: UnsafeMutablePointer<CChar>?, buffer: UnsafePointer<CChar>) -> String {
        String(cString: result.map { UnsafePointer($0) } ?? buffer)
    }
}
