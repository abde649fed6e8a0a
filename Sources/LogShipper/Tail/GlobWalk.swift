#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Walks the directories of one glob. Unlike `glob` it reads every directory once, sorts nothing, asks for `stat` on the
/// way, and knows `**`.
struct GlobWalk: Sendable, Equatable {
    private enum Part: Sendable, Equatable {
        case plain(String)
        case pattern(NamePattern)
        /// `**`: this directory and all below it, without following links.
        case anyDepth
    }

    /// Deeper directories are not looked at.
    private static let maxDepth = 32
    private let start: String
    private let parts: [Part]

    init(_ glob: String) {
        start = glob.hasPrefix("/") ? "/" : ""
        parts = glob.split(separator: "/").filter { $0 != "." }.map { part in
            if part == "**" { return .anyDepth }
            return NamePattern.isPattern(part) ? .pattern(NamePattern(String(part))) : .plain(String(part))
        }
    }

    /// Whether a file of this path would be found, if it is there and no link leads around.
    func matches(_ path: String) -> Bool {
        guard start.isEmpty != path.hasPrefix("/") else { return false }
        return GlobWalk.matches(path.split(separator: "/").filter { $0 != "." }[...], parts[...])
    }

    private static func matches(_ names: ArraySlice<Substring>, _ rest: ArraySlice<Part>) -> Bool {
        guard let part = rest.first else { return names.isEmpty }
        guard let name = names.first else { return false }
        let further = rest.dropFirst()
        let isHidden = name.hasPrefix(".")
        switch part {
        case .plain(let plain): return name == plain && matches(names.dropFirst(), further)
        case .pattern(let pattern):
            return name.withCString(pattern.matches) && matches(names.dropFirst(), further)
        case .anyDepth:
            if names.count == 1, further.isEmpty { return !isHidden }
            return matches(names, further) || (!isHidden && matches(names.dropFirst(), rest))
        }
    }

    func walk(into look: inout PathPattern.Look, isExcluded: (String) -> Bool) {
        walk(start, parts[...], GlobWalk.maxDepth, &look, isExcluded)
    }

    /// `prefix` is a directory's path with its last slash, or empty for the current one.
    private func walk(
        _ prefix: String, _ rest: ArraySlice<Part>, _ depth: Int, _ look: inout PathPattern.Look,
        _ isExcluded: (String) -> Bool
    ) {
        guard let part = rest.first, depth > 0 else { return }
        let further = rest.dropFirst()
        switch part {
        case .plain(let name) where further.isEmpty:
            look.note(directory: prefix)
            look.noteLink(prefix + name)
            add(prefix + name, AT_FDCWD, prefix + name, &look, isExcluded)
        case .plain(let name):
            look.noteLink(prefix + name)
            walk("\(prefix)\(name)/", further, depth - 1, &look, isExcluded)
        case .pattern(let pattern): read(prefix, pattern, further, depth, &look, isExcluded)
        case .anyDepth:
            // A glob that ends in `**` means the files in all those directories.
            let below = further.isEmpty ? [Part.pattern(NamePattern("*"))] : further
            walk(prefix, below, depth - 1, &look, isExcluded)
            look.note(directory: prefix)
            forEachName(prefix, &look) { look, name, type, _ in
                guard type == DT_DIR, name[0] != 0x2e else { return }
                walk("\(prefix)\(String(cString: name))/", rest, depth - 1, &look, isExcluded)
            }
        }
    }

    private func read(
        _ prefix: String, _ pattern: NamePattern, _ further: ArraySlice<Part>, _ depth: Int,
        _ look: inout PathPattern.Look, _ isExcluded: (String) -> Bool
    ) {
        look.note(directory: prefix)
        forEachName(prefix, &look) { look, name, type, directory in
            let mayBe = further.isEmpty ? type == DT_REG : type == DT_DIR
            guard mayBe || type == DT_LNK || type == DT_UNKNOWN, pattern.matches(name) else { return }
            if !mayBe { look.hasBlindSpots = true }
            if further.isEmpty {
                add(prefix + String(cString: name), directory, name, &look, isExcluded)
            } else {
                walk("\(prefix)\(String(cString: name))/", further, depth - 1, &look, isExcluded)
            }
        }
    }

    private func add(
        _ path: String, _ directory: Int32, _ name: UnsafePointer<CChar>, _ look: inout PathPattern.Look,
        _ isExcluded: (String) -> Bool
    ) {
        var info = stat()
        guard fstatat(directory, name, &info, 0) == 0, info.st_mode & S_IFMT == S_IFREG, !isExcluded(path) else {
            return
        }
        if info.st_nlink > 1 || MountTable.isRemote(UInt64(info.st_dev)) { look.hasBlindSpots = true }
        look.files.append(FileShell.sighting(path, info))
    }

    private func forEachName(
        _ prefix: String, _ look: inout PathPattern.Look,
        _ body: (inout PathPattern.Look, UnsafePointer<CChar>, Int, Int32) -> Void
    ) {
        guard let directory = opendir(prefix.isEmpty ? "." : prefix) else { return }
        defer { closedir(directory) }
        let number = dirfd(directory)
        var info = stat()
        if fstat(number, &info) != 0 || MountTable.isRemote(UInt64(info.st_dev)) { look.hasBlindSpots = true }
        while let entry = readdir(directory) {
            let type = Int(entry.pointee.d_type)
            withUnsafeBytes(of: &entry.pointee.d_name) { name in
                guard let name = name.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
                body(&look, name, type, number)
            }
        }
    }
}

extension PathPattern.Look {
    fileprivate mutating func note(directory prefix: String) {
        let trimmed = prefix.count > 1 ? String(prefix.dropLast()) : prefix
        directories.append(trimmed.isEmpty ? "." : trimmed)
    }

    /// A part of a path that is not looked for in its directory may be a link, which may come to lead elsewhere.
    fileprivate mutating func noteLink(_ path: String) {
        var info = stat()
        if lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFLNK { hasBlindSpots = true }
    }
}
