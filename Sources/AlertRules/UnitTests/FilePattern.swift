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
    /// The pattern is not one.
    struct SyntaxError: Error, Equatable, CustomStringConvertible {
        var description: String { "syntax error in pattern" }
    }

    /// A pattern as seen from the folder of `file`, without `.` and `..` where that needs no look at the disk.
    static func resolved(_ pattern: String, relativeTo file: String) -> String {
        if pattern.isEmpty || pattern.hasPrefix("/") { return pattern }
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return cleaned(folder.isEmpty ? (file.hasPrefix("/") ? "/" : "") + pattern : folder + "/" + pattern)
    }

    /// Existing files that a pattern names from the folder of `file`; none when it is malformed.
    static func paths(matching pattern: String, relativeTo file: String) -> [String] {
        (try? paths(matching: resolved(pattern, relativeTo: file))) ?? []
    }

    /// Existing files, sorted folder by folder.
    static func paths(matching pattern: String) throws(SyntaxError) -> [String] {
        guard !pattern.utf8.contains(0) else { return [] }
        guard let parts = components(of: pattern) else { throw SyntaxError() }
        var found = [pattern.hasPrefix("/") ? "/" : ""]
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            found = found.flatMap { folder in
                part.isPlain
                    ? existing(joined(folder, part.literal))
                    : entries(of: folder).filter(part.matches)
                        .map { joined(folder, $0) }
            }.filter { isLast || isFolder($0) }
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

    private static func existing(_ path: String) -> [String] {
        var info = stat()
        return lstat(path, &info) == 0 ? [path] : []
    }

    private static func isFolder(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a folder, sorted by bytes; an unreadable one is empty.
    private static func entries(of folder: String) -> [String] {
        guard let handle = opendir(folder.isEmpty ? "." : folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
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
