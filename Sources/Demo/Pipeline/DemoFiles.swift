#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The few things the demo does with files.
enum DemoFiles {
    static func makeDirectory(_ path: String) throws(DemoError) {
        var prefix = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            prefix += (prefix.isEmpty && !path.hasPrefix("/") ? "" : "/") + part
            guard mkdir(prefix, 0o755) != 0, errno != EEXIST else { continue }
            if prefix == absolute(path) || prefix == path { throw failure("create the folder", path) }
        }
    }

    /// The path with the working directory in front, if it is relative.
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        let relative = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
        return String(cString: current) + "/" + relative
    }

    /// Removes a file of an earlier run; one that is not there is fine.
    static func remove(_ path: String) { unlink(path) }

    /// Empties a folder of plain files that an earlier run left.
    static func removeFlatDirectory(_ path: String) {
        guard let folder = opendir(path) else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { remove("\(path)/\(name)") }
        }
    }

    /// Takes a folder for this process until it ends; a second demo would mix its lines with ours.
    static func claim(_ directory: String) throws(DemoError) {
        let path = "\(directory)/lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("create", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw DemoError("another demo runs in \(directory); stop it, or choose another folder with --directory")
        }
    }

    static func rename(_ path: String, to target: String) -> Bool { renamePath(path, target) == 0 }

    static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }

    static func write(_ text: String, to path: String) throws(DemoError) {
        guard let file = fopen(path, "w") else { throw failure("write", path) }
        let bytes = Array(text.utf8)
        let count = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, count == bytes.count else { throw failure("write", path) }
    }

    /// The bytes of a file; empty if it cannot be read.
    static func read(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// The folder of the running program.
    static func programDirectory() -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let bytes = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
        let path = bytes.isEmpty ? CommandLine.arguments.first ?? "" : String(decoding: bytes, as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// The system's words for an error number.
    static func reason(_ code: Int32) -> String {
        strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }

    private static func failure(_ what: String, _ path: String) -> DemoError {
        DemoError("cannot \(what) \(path): \(reason(errno))")
    }
}

private func renamePath(_ path: String, _ target: String) -> Int32 { rename(path, target) }
