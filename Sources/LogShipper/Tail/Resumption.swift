/// What the checkpoint remembers of a file.
struct RememberedFile: Equatable, Sendable {
    var identity: FileIdentity
    var path: String
    var fingerprint: Fingerprint
    /// Everything before was taken, except what `pending` says.
    var front: Int64
    /// The bytes before `front`.
    var marker: Marker
    /// `front` stands within a line that is too long and being skipped.
    var isInsideLongLine: Bool
    /// For each tenant that was not done, its first offset that was not.
    var pending: [String: Int64]
    /// Wall seconds when the file was last known to exist.
    var lastSeenSeconds: Int64
    /// Set where this is a file that is being read in this run and no memory of an earlier one.
    var liveSerial: FileSerial?
    /// See ``FileKey``.
    var key: UInt64 = 0
    /// Content behind `front` that was known to be there.
    var unreadBytes: Int64 = 0
    /// The path without links, where that is another one.
    var realPath: String?
    /// Set where nothing leads to the file any more, except perhaps a copy that was not seen yet.
    var gone: Gone?

    struct Gone: Equatable, Sendable {
        var reason: String
        /// Set where this is what a file of this run held before it was truncated; batches may still have lines of it.
        var serial: FileSerial?
    }

    /// What would be lost with it: bytes that were not read for everyone, or whose lines were not done.
    var owedBytes: Int64 { unreadBytes + (front - resumeOffset) }

    /// From where the file has to be read again.
    var resumeOffset: Int64 { pending.values.min().map { min($0, front) } ?? front }
}

/// Decides where reading of a newly opened file starts. Pure: the file's bytes come through a closure.
struct Resumption {
    enum Decision: Equatable {
        /// A file never read before: the input's `start_at` says where.
        case fresh
        /// The file is known and unchanged before the front: go on.
        case resume(RememberedFile)
        /// The file has this identity or name in the checkpoint but other content: from its first byte.
        case replaced
        /// By its name and its beginning a copy of a known file, but shorter than what was read of that: it is still
        /// being written.
        case unfinishedCopy
    }

    private enum Comparison {
        case same
        /// Equal as far as can be told, but it ends before the front.
        case shorter
        case other
    }

    /// Bytes that two different files hardly share by chance; less proves nothing without the identity.
    static let provingBytes = 256

    let identity: FileIdentity
    let path: String
    /// Bytes of content; `max` where only reading can tell.
    let size: Int64
    let head: [UInt8]
    /// As many first bytes of a file that is being read as `head` has; nil when they cannot be read.
    var liveHead: (FileSerial) -> [UInt8]? = { _ in nil }
    /// The marker of the bytes before an offset, of exactly `count` bytes; nil when they are not there.
    let markerBefore: (_ offset: Int64, _ count: Int) -> Marker?

    func decide(remembered: [RememberedFile]) -> Decision {
        let compared = remembered.map { (file: $0, result: compare($0)) }
        func first(_ isMeant: (RememberedFile) -> Bool) -> RememberedFile? {
            compared.first { $0.result == .same && isMeant($0.file) }?.file
        }
        if let match = first({ $0.identity == identity }) { return .resume(match) }
        // A replaced or copied file, or devices that were renumbered: the name and enough equal bytes prove it.
        if let match = first({ $0.path == path && Resumption.isProven($0) }) { return .resume(match) }
        // The copy that copytruncate or gzip leaves within the globs: the same bytes under a name that rotation makes. Under
        // any other name two files with the same beginning are two files.
        func isCopy(_ file: RememberedFile) -> Bool {
            Resumption.isProven(file) && RotationName.isCopy(path, of: file.path)
        }
        if let match = first(isCopy) { return .resume(match) }
        if compared.contains(where: { $0.result == .shorter && isCopy($0.file) }) { return .unfinishedCopy }
        return remembered.contains { $0.identity == identity } ? .replaced : .fresh
    }

    static func isProven(_ file: RememberedFile) -> Bool {
        file.front >= Int64(provingBytes) && file.fingerprint.count >= provingBytes
    }

    private func compare(_ file: RememberedFile) -> Comparison {
        guard head.count >= file.fingerprint.count else {
            // Too short for the hash, but where the other file is at hand its bytes tell.
            guard let original = file.liveSerial.flatMap(liveHead) else { return .shorter }
            return original == head ? .shorter : .other
        }
        guard file.fingerprint.matches(head: head) else { return .other }
        guard size >= file.front else { return .shorter }
        guard file.marker.count > 0 else { return .same }
        guard let marker = markerBefore(file.front, file.marker.count) else { return .shorter }
        return marker == file.marker ? .same : .other
    }
}
