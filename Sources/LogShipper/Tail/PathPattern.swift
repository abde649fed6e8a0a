#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The files of one input: POSIX globs (`*`, `?`, `[…]`) minus exclusions.
struct PathPattern: Sendable, Equatable {
    var paths: [String]
    var exclude: [String]

    /// All matching paths, sorted, each once. Directories that do not exist yet match nothing.
    func expand() -> [String] {
        var found: Set<String> = []
        for pattern in paths {
            var result = glob_t()
            defer { globfree(&result) }
            guard glob(pattern, GLOB_NOSORT, nil, &result) == 0 else { continue }
            for index in 0..<Int(result.gl_pathc) {
                guard let name = result.gl_pathv[index] else { continue }
                found.insert(String(cString: name))
            }
        }
        return found.filter { !isExcluded($0) }.sorted()
    }

    func isExcluded(_ path: String) -> Bool {
        exclude.contains { fnmatch($0, path, 0) == 0 }
    }

    /// The directories to watch: each pattern's leading part without wildcards.
    var directories: [String] {
        let all = paths.map { pattern in
            let parts = pattern.split(separator: "/", omittingEmptySubsequences: false)
            let plain = parts.dropLast().prefix { !$0.contains { "*?[".contains($0) } }
            let directory = plain.joined(separator: "/")
            return directory.isEmpty ? (pattern.hasPrefix("/") ? "/" : ".") : directory
        }
        return Array(Set(all)).sorted()
    }
}
