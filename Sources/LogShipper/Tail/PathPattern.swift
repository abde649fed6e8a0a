#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The files of one input: globs (`*`, `?`, `[…]`, and `**` for any number of directories) minus exclusions.
struct PathPattern: Sendable, Equatable {
    let paths: [String]
    let exclude: [String]
    private let globs: [GlobWalk]

    init(paths: [String], exclude: [String]) {
        self.paths = paths
        self.exclude = exclude
        globs = paths.map { GlobWalk($0) }
    }

    /// Everything one look found.
    struct Look: Sendable, Equatable {
        /// Regular files; one that two globs match is there twice.
        var files: [Sighting] = []
        /// The directories that were read, or that hold a file which the input names.
        var directories: [String] = []
        /// Something may change without inotify's telling: what is behind a link, has several names, or is on another
        /// machine.
        var hasBlindSpots = false
        /// CPU time that it took.
        var costNanos: Int64 = 0
        /// Of the files that were searched, those that are in no directory any more.
        var absent: Set<FileIdentity> = []
    }

    /// Looks at the disk: each directory is read once, each file that matches is asked for its `stat` once. What vanished
    /// meanwhile, is no regular file or may not be looked at is left out; directories that do not exist match nothing.
    func look() -> Look {
        var look = Look()
        for glob in globs { glob.walk(into: &look, isExcluded: isExcluded) }
        return look
    }

    /// A look that also searches known files that the globs do not match any more: in their directories, by inode.
    func look(searching known: [RememberedFile]) -> Look {
        var look = look()
        let seen = known.isEmpty ? [] : Set(look.files.map(\.identity))
        let missing = known.filter { !seen.contains($0.identity) }
        for (directory, files) in Dictionary(
            grouping: missing, by: { PathPattern.directory(of: $0.realPath ?? $0.path) })
        {
            let wanted = Set(files.map(\.identity))
            guard let found = FileShell.sightings(of: wanted, in: directory) else { continue }
            look.files += found.map { sighting in
                var sighting = sighting
                sighting.isFoundByInode = true
                return sighting
            }
            // On another device, the one that the file was on is not mounted, or has another number since the last start.
            guard let device = FileShell.device(of: directory) else { continue }
            look.absent.formUnion(wanted.filter { $0.device == device }.subtracting(found.map(\.identity)))
        }
        return look
    }

    /// Whether a file of this path would be found, if it is there.
    func matches(_ path: String) -> Bool { globs.contains { $0.matches(path) } && !isExcluded(path) }

    /// The directory that a path is in.
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    func isExcluded(_ path: String) -> Bool {
        exclude.contains { fnmatch($0, path, 0) == 0 }
    }
}
