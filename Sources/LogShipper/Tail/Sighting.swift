/// What one look at the globs found: a regular file and what `stat` says of it.
struct Sighting: Equatable, Sendable {
    var path: String
    var identity: FileIdentity
    var size: Int64
    /// Wall time of the last change of the content.
    var modifiedNanos: Int64 = 0
    /// Wall time of the last change of anything; no program can set it back.
    var changedNanos: Int64 = 0
    /// Which of the configured inputs it matched.
    var input = 0
    /// It is not within the globs; the search by inode has found it. Only what proves to be the known file is read.
    var isFoundByInode = false
}
