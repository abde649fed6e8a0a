/// Device and inode: what the system calls the same file, as long as it exists.
struct FileIdentity: Hashable, Sendable {
    var device: UInt64
    var inode: UInt64
}

/// A number for one generation of a file, for destinations that recognise a line by where it came from.
///
/// The checkpoint keeps it, and it follows from what is on the disk, so it is the same after a restart. A file that is
/// truncated or replaced gets another one, because its offsets begin anew.
enum FileKey {
    /// The key of a file that is not known: of its identity and its first line, which stays as it is.
    static func fresh(_ identity: FileIdentity, head: [UInt8]) -> UInt64 {
        let line = head.firstIndex(of: 0x0a).map { head[..<$0] } ?? head[...]
        return mix([identity.device, identity.inode, StableHash.hash(line)])
    }

    /// The key of the next generation of files with such keys.
    static func next(_ keys: [UInt64]) -> UInt64 { mix(keys.sorted() + [1]) }

    /// The key of a file that goes on where another one was, whose bytes it has. No key where that has none.
    static func copy(_ key: UInt64, _ identity: FileIdentity) -> UInt64 {
        key == 0 ? 0 : mix([key, identity.device, identity.inode])
    }

    private static func mix(_ numbers: [UInt64]) -> UInt64 {
        StableHash.hash(numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } })
    }
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
