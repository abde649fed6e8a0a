import ArgumentParser

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Text for the two standard streams, written at once and whole.
enum Terminal {
    /// Ends the program when the text cannot be written, so that a full disk is no success; silently when nobody reads.
    static func out(_ text: String) {
        if write(text, to: 1) { return }
        if errno != EPIPE { error("alert-rules: cannot write to standard output: \(lastError)\n") }
        leave(failureCode)
    }

    static func error(_ text: String) { write(text, to: 2) }

    /// Of wrong usage and of a system that refuses; `test` has promtool's codes.
    static var failureCode: Int32 { CommandLine.arguments.dropFirst().first == "test" ? 1 : 2 }

    /// Occupies closed output streams with what cannot be written, lest a file or connection opened later gets their
    /// numbers and receives the output.
    static func occupyClosedStreams() {
        for stream in Int32(1)...2 where fcntl(stream, F_GETFD) < 0 {
            let descriptor = open("/dev/null", O_RDONLY)
            guard descriptor >= 0, descriptor != stream else { continue }
            dup2(descriptor, stream)
            _ = close(descriptor)
        }
    }

    /// Ends the program.
    static func leave(_ code: Int32) -> Never { exit(code) }

    /// Whether failures, which go to standard error, may have colours: on a terminal whose user doesn't refuse them
    /// (no-color.org).
    static var wantsColours: Bool { isatty(2) == 1 && !(getenv("NO_COLOR").map { $0.pointee != 0 } ?? false) }

    /// What standard input and output are called on the command line.
    static let standard = "-"

    /// Refuses to read standard input more than once.
    static func checkStandardInput(_ paths: [String]) throws {
        if paths.count(where: { $0 == standard }) > 1 {
            throw ValidationError("standard input (-) can be read only once")
        }
    }

    /// The paths without those that name a file again, with a warning for each.
    static func once(_ paths: [String]) -> [String] {
        var seen: [String: String] = [:]
        return paths.filter { path in
            guard path != standard, let real = realpath(path, nil) else { return true }
            defer { free(real) }
            guard let known = seen.updateValue(path, forKey: String(cString: real)) else { return true }
            error("alert-rules: \(path): the same file as \(known), which is read once\n")
            return false
        }
    }

    /// Whether there is a file or folder of this name.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Milliseconds since the epoch.
    static var unixMillis: Int64 { Int64(time(nil)) * 1_000 }

    /// Why the last call of the system failed.
    static var lastError: String { String(cString: strerror(errno)) }

    /// Writes a whole file; false when that fails.
    static func write(_ text: String, toFile path: String) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return false }
        let isWritten = write(text, to: descriptor)
        return close(descriptor) == 0 && isWritten
    }

    @discardableResult
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                #if canImport(Glibc)
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                #elseif canImport(Musl)
                let count = Musl.write(descriptor, rest.baseAddress, rest.count)
                #else
                let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
                #endif
                guard count > 0 || errno == EINTR else { return false }
                rest = UnsafeRawBufferPointer(rebasing: rest[max(0, count)...])
            }
            return true
        }
    }
}
