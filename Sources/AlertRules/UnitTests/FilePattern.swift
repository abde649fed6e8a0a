#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// File name patterns with `*`, `?` and `[…]`, expanded by the C library.
enum FilePattern {
    /// Existing files, sorted; a pattern that isn't absolute is taken from the folder of `file`.
    static func paths(matching pattern: String, relativeTo file: String) -> [String] {
        guard !pattern.utf8.contains(0) else { return [] }
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let isAbsolute = pattern.hasPrefix("/")
        let prefix = folder.isEmpty && !file.hasPrefix("/") ? "" : folder + "/"
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(isAbsolute ? pattern : prefix + pattern, GLOB_ERR, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }
}
