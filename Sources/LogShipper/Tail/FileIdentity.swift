/// Device and inode: what the system calls the same file, as long as it exists.
struct FileIdentity: Hashable, Sendable {
    var device: UInt64
    var inode: UInt64
}

/// A number for one generation of a file, for destinations that recognise a line by where it came from.
///
/// It is random, because nothing that stands on a disk is only there: hosts are made from one image, inodes are given out
/// again, and logs begin alike. The checkpoint keeps it, from before the first line of the file is read (`saveNewKeys`), so
/// it is the same after a restart or a kill. A file that is truncated, replaced or a copy gets another one, because its
/// offsets begin anew or go on with other lines.
enum FileKey {
    /// Never 0, which stands for no key.
    static func make() -> UInt64 { .random(in: 1 ... .max) }
}

/// A hash of the first bytes of a file. It grows with the file up to `maxBytes`, so that short files are told apart too.
struct Fingerprint: Hashable, Sendable {
    static let maxBytes = 1024

    var count: Int
    var hash: UInt64

    init(count: Int, hash: UInt64) {
        self.count = count
        self.hash = hash
    }

    init(head: some Collection<UInt8>) {
        let head = head.prefix(Fingerprint.maxBytes)
        count = head.count
        hash = StableHash.hash(head)
    }

    /// Whether a file that starts with `head` may be this one, grown or not.
    func matches(head: some Collection<UInt8>) -> Bool {
        head.count >= count && StableHash.hash(head.prefix(count)) == hash
    }
}

/// A hash of the bytes right before an offset. It tells whether a file still is what it was when that offset was reached.
struct Marker: Equatable, Sendable {
    static let maxBytes = 64

    var count: Int
    var hash: UInt64

    init(count: Int, hash: UInt64) {
        self.count = count
        self.hash = hash
    }

    init(_ bytes: some Collection<UInt8>) {
        let tail = Array(bytes.suffix(Marker.maxBytes))
        count = tail.count
        hash = StableHash.hash(tail)
    }

    static let empty = Marker([UInt8]())
}
