/// Device and inode: what tells a renamed file from a new one under the same name.
struct FileIdentity: Equatable, Sendable {
    var device: UInt64
    var inode: UInt64
}
