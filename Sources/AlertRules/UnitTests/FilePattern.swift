#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// File name patterns as `rule_files` has them: `*`, `?`, `[…]` and `\` by the rules of Go's `path/filepath`, where a
/// star also takes a leading dot and never a slash.
enum FilePattern {
    /// Why a pattern names no files.
    enum Failure: Error, Equatable, CustomStringConvertible {
        /// The pattern is not one.
        case syntax
        /// The pattern would look at more names than `maxBytes`.
        case tooMany

        var description: String {
            switch self {
            case .syntax: "syntax error in pattern"
            case .tooMany: "the pattern's stars meet too many files: name the folders"
            }
        }
    }

    /// UTF-8 bytes of names and paths that one pattern may look at: about a million files.
    static let maxBytes = 64 << 20

    /// A pattern as seen from the folder of `file`, which of a pipe is the current one, without `.` and `..` where that needs no look at the disk.
    static func resolved(_ pattern: String, relativeTo file: String) -> String {
        if pattern.isEmpty || pattern.hasPrefix("/") { return pattern }
        if isPipe(file) { return cleaned(pattern) }
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return cleaned(folder.isEmpty ? (file.hasPrefix("/") ? "/" : "") + pattern : folder + "/" + pattern)
    }

    /// Existing files, sorted folder by folder.
    static func paths(matching pattern: String, maxBytes: Int = maxBytes) throws(Failure) -> [String] {
        guard !pattern.utf8.contains(0) else { return [] }
        guard let parts = components(of: pattern) else { throw .syntax }
        var found = [pattern.hasPrefix("/") ? "/" : ""]
        var left = maxBytes
        for (index, part) in parts.enumerated() {
            var next: [String] = []
            for folder in found {
                let names = part.isPlain ? [part.literal] : try entries(of: folder, &left).filter(part.matches)
                for name in names {
                    let path = joined(folder, name)
                    left -= path.utf8.count
                    guard left >= 0 else { throw .tooMany }
                    if !part.isPlain || exists(path) { next.append(path) }
                }
            }
            if index < parts.count - 1 { next = next.filter(isFolder) }
            // All folders of a folder have the same one above them, so `*/..` would multiply with every turn.
            found = part.isPlain && part.literal == ".." ? distinct(next) : next
        }
        return parts.isEmpty ? [] : found
    }

    private static func components(of pattern: String) -> [NamePattern]? {
        var result: [NamePattern] = []
        for part in pattern.split(separator: "/") {
            guard let name = NamePattern(part) else { return nil }
            result.append(name)
        }
        return result
    }

    private static func joined(_ folder: String, _ name: String) -> String {
        folder.isEmpty || folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }

    private static func isPipe(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFIFO
    }

    private static func exists(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) == 0
    }

    /// Each folder once, by its first path.
    private static func distinct(_ folders: [String]) -> [String] {
        var known: Set<[UInt64]> = []
        return folders.filter { folder in
            var info = stat()
            guard stat(folder, &info) == 0 else { return false }
            return known.insert([UInt64(truncatingIfNeeded: info.st_dev), UInt64(info.st_ino)]).inserted
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a folder, sorted by bytes; an unreadable one is empty.
    private static func entries(of folder: String, _ left: inout Int) throws(Failure) -> [String] {
        guard let handle = opendir(folder.isEmpty ? "." : folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
            left -= name.utf8.count
            guard left >= 0 else { throw .tooMany }
        }
        return names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    /// The path without empty and `.` parts, and with `..` taken off the part before it.
    private static func cleaned(_ path: String) -> String {
        let isAbsolute = path.hasPrefix("/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !isAbsolute {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return isAbsolute ? "/" + joined : joined.isEmpty ? "." : joined
    }
}
