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
    }

    /// Bytes that two different files hardly share by chance; less proves nothing without the identity.
    static let provingBytes = 256

    let identity: FileIdentity
    let path: String
    let size: Int64
    let head: [UInt8]
    /// The marker of the bytes before an offset, of at most `count` bytes; nil when they cannot be read.
    let markerBefore: (_ offset: Int64, _ count: Int) -> Marker?

    func decide(remembered: [RememberedFile]) -> Decision {
        let sameFile = remembered.filter { $0.identity == identity }
        if let match = sameFile.first(where: isUnchanged) { return .resume(match) }
        // A replaced or copied file, or devices that were renumbered: the name and enough equal bytes prove it.
        let sameName = remembered.filter { $0.path == path && $0.identity != identity }
        if let match = sameName.first(where: { isProven($0) && isUnchanged($0) }) { return .resume(match) }
        // The copy that copytruncate leaves within the glob: the same bytes under another name.
        if let match = remembered.first(where: { isProven($0) && isUnchanged($0) }) { return .resume(match) }
        return sameFile.isEmpty ? .fresh : .replaced
    }

    private func isProven(_ file: RememberedFile) -> Bool {
        file.front >= Int64(Resumption.provingBytes) && file.fingerprint.count >= Resumption.provingBytes
    }

    private func isUnchanged(_ file: RememberedFile) -> Bool {
        size >= file.front && file.fingerprint.matches(head: head)
            && (file.marker.count == 0 || markerBefore(file.front, file.marker.count) == file.marker)
    }
}
